import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Table from "@cloudscape-design/components/table";

import { number } from "../words";

export interface Point {
  id: string;
  /** Of the point, on its axis. */
  at: string;
  value: number;
}

const MOST = 100; // rows; a chart of more is one of minutes

/** The numbers of a chart as a table, for whoever can't, or would rather not, look at it. */
export function ChartTable({
  title,
  at,
  value,
  points,
}: {
  title: string;
  at: string;
  value: string;
  points: readonly Point[];
}) {
  if (!points.length) return null;
  return (
    <ExpandableSection headerText="As a table" headerAriaLabel={`${title} as a table`}>
      <Table
        variant="borderless"
        contentDensity="compact"
        items={points.slice(-MOST).reverse()}
        trackBy="id"
        ariaLabels={{ tableLabel: title }}
        columnDefinitions={[
          { id: "at", header: at, isRowHeader: true, cell: (point) => point.at },
          { id: "value", header: value, cell: (point) => number(point.value) },
        ]}
      />
    </ExpandableSection>
  );
}
