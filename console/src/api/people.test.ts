import { expect, it } from "vitest";

import { nextCursor } from "./people";

it.each([
  ['</api/campaigns/cmp_1/recipients.csv?status=FAILED&cursor=a%2Bb%3D>; rel="next"', "a+b="],
  ['</first>; rel="first"', undefined],
  [null, undefined],
])("the next piece of %s begins at %s", (link, cursor) => {
  expect(nextCursor(link)).toBe(cursor);
});
