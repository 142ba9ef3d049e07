"""The bucket behind the console: files with what browsers and CloudFront are told about them."""

from typing import Any

from shared.web import cache_control, content_type


class Site:
    """Writes a web site to S3. Everything can be done again."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, name: str, content: bytes) -> None:
        """Write a file, in place of what is there."""
        self._client.put_object(
            Bucket=self._bucket,
            Key=name,
            Body=content,
            ContentType=content_type(name),
            CacheControl=cache_control(name),
        )

    def clear(self) -> None:
        """Remove every file."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        for page in pages:
            found = [{"Key": each["Key"]} for each in page.get("Contents", ())]
            if found:
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": found})

    def read_from(self, bucket: str, key: str) -> bytes:
        """A file of another bucket, whole."""
        content: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content
