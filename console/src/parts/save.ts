/** Puts a file into the person's downloads: an address of one, or what is in it. */
export function save(what: string | Blob, name: string): void {
  const link = document.createElement("a");
  link.href = typeof what === "string" ? what : URL.createObjectURL(what);
  link.download = name;
  link.click();
  if (typeof what !== "string") setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
