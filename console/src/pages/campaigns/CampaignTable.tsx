import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter from "@cloudscape-design/components/property-filter";
import Table from "@cloudscape-design/components/table";

import { useMay } from "../../auth/usePerson";
import { count, number } from "../../words";
import { COLUMNS } from "./columns";
import { Empty } from "./Empty";
import { PROPERTIES } from "./filter";
import { ACTIONS, ListHeader } from "./ListHeader";
import { PAGE_SIZES, usePreferences } from "./preferences";
import type { Row } from "./rows";

interface Props {
  rows: readonly Row[];
  loading: boolean;
  more: boolean;
  loadingMore: boolean;
  loadMore: () => Promise<unknown>;
}

/** The campaigns that are loaded, newest first, to filter, sort, and do things to. */
export function CampaignTable({ rows, loading, more, loadingMore, loadMore }: Props) {
  const [preferences, setPreferences] = usePreferences();
  const may = useMay();
  const collection = useCollection(rows, {
    propertyFiltering: {
      filteringProperties: PROPERTIES,
      empty: <Empty />,
      noMatch: <Box textAlign="center">No campaign fits the filter.</Box>,
    },
    pagination: { pageSize: preferences.pageSize },
    sorting: { defaultState: { sortingColumn: { sortingField: "created" }, isDescending: true } },
    selection: { keepSelection: true, trackBy: "id" },
  });
  const { actions, collectionProps, paginationProps, propertyFilterProps, items } = collection;
  // Selected rows are kept as they were when they were selected: take them as they are now.
  const chosen = new Set(collectionProps.selectedItems?.map(({ id }) => id));
  const selected = rows.filter(({ id }) => chosen.has(id));
  const next = async ({ requestedPageAvailable, requestedPageIndex }: Asked) => {
    if (requestedPageAvailable) return;
    await loadMore();
    actions.setCurrentPage(requestedPageIndex);
  };
  return (
    <Table
      {...collectionProps}
      selectedItems={selected}
      items={items}
      columnDefinitions={COLUMNS}
      columnDisplay={preferences.columns}
      variant="container"
      stickyHeader
      stickyHeaderVerticalOffset={56}
      stickyColumns={{ first: 1 }}
      resizableColumns
      wrapLines
      {...(ACTIONS.some(({ needs }) => may(needs)) && { selectionType: "multi" as const })}
      trackBy="id"
      loading={loading}
      loadingText="Loading campaigns"
      ariaLabels={{
        tableLabel: "Campaigns",
        selectionGroupLabel: "Selection of campaigns",
        allItemsSelectionLabel: () => "All campaigns of this page",
        itemSelectionLabel: (_, row) => row.name,
      }}
      header={
        <ListHeader
          total={`${number(rows.length)}${more ? "+" : ""}`}
          selected={selected.map(({ campaign }) => campaign)}
          forget={() => actions.setSelectedItems([])}
        />
      }
      filter={
        <PropertyFilter
          {...propertyFilterProps}
          filteringPlaceholder="Find campaigns"
          filteringAriaLabel="Find campaigns"
          countText={matches(collection.filteredItemsCount ?? 0, rows.length, more)}
          expandToViewport
        />
      }
      pagination={
        <Pagination
          {...paginationProps}
          openEnd={more}
          disabled={loadingMore}
          onNextPageClick={({ detail }) => void next(detail)}
        />
      }
      preferences={
        <CollectionPreferences
          title="Preferences"
          confirmLabel="Confirm"
          cancelLabel="Back"
          preferences={{ pageSize: preferences.pageSize, contentDisplay: preferences.columns }}
          pageSizePreference={{ title: "Campaigns a page", options: PAGE_SIZES }}
          contentDisplayPreference={{
            title: "Columns",
            options: COLUMNS.map(({ id, header }) => ({
              id: id ?? "",
              label: header,
              alwaysVisible: id === "name",
            })),
          }}
          onConfirm={({ detail }) => setPreferences(detail)}
        />
      }
    />
  );
}

interface Asked {
  requestedPageAvailable: boolean;
  requestedPageIndex: number;
}

/** Only what is loaded is looked through, and that is said. */
function matches(found: number, loaded: number, more: boolean): string {
  const words = count(found, "match", "matches");
  return more ? `${words} in the newest ${number(loaded)}` : words;
}
