import type { PropertyFilterProps } from "@cloudscape-design/components/property-filter";

const TEXT = [":", "!:", "=", "!="] as const;
const NUMBER = [">=", "<=", "=", ">", "<"] as const;

/** What the list can be filtered by. */
export const PROPERTIES: readonly PropertyFilterProps.FilteringProperty[] = [
  property("state", "State", "States", ["=", "!=", ":"]),
  property("name", "Name", "Names", TEXT),
  property("template", "Template", "Templates", TEXT),
  property("owner", "Owner", "Owners", TEXT),
  property("sender", "Sender", "Senders", TEXT),
  property("reason", "Reason", "Reasons", TEXT),
  property("progress", "Progress in percent", "Progress in percent", NUMBER),
];

function property(
  key: string,
  propertyLabel: string,
  groupValuesLabel: string,
  operators: readonly PropertyFilterProps.ComparisonOperator[],
): PropertyFilterProps.FilteringProperty {
  return { key, propertyLabel, groupValuesLabel, operators: [...operators] };
}
