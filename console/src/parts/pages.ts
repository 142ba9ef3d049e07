import type { PaginationProps } from "@cloudscape-design/components/pagination";
import type { InfiniteData } from "@tanstack/react-query";
import { useState } from "react";

interface Paged<Page> {
  data: InfiniteData<Page> | undefined;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

interface Shown<Page> {
  page: Page | undefined;
  pagination: Pick<
    PaginationProps,
    | "currentPageIndex"
    | "pagesCount"
    | "openEnd"
    | "disabled"
    | "onChange"
    | "onNextPageClick"
    | "ariaLabels"
  >;
  /** Back to the beginning: another filter is another list. */
  first: () => void;
}

/** Pages of the server, of which the next one is asked for when somebody goes there. */
export function usePages<Page>(query: Paged<Page>): Shown<Page> {
  const [index, setIndex] = useState(1);
  const pages = query.data?.pages ?? [];
  const at = Math.min(index, Math.max(1, pages.length)); // there may be fewer than there were
  return {
    page: pages[at - 1],
    first: () => setIndex(1),
    pagination: {
      currentPageIndex: at,
      pagesCount: Math.max(1, pages.length),
      openEnd: query.hasNextPage,
      disabled: query.isFetchingNextPage,
      onChange: ({ detail }) => setIndex(detail.currentPageIndex),
      onNextPageClick: ({ detail }) => {
        if (detail.requestedPageAvailable) return;
        void query.fetchNextPage().then(() => setIndex(detail.requestedPageIndex));
      },
      ariaLabels: {
        nextPageLabel: "Next page",
        previousPageLabel: "Page before",
        pageLabel: (page) => `Page ${String(page)}`,
      },
    },
  };
}
