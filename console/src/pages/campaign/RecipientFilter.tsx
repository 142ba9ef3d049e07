import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useState } from "react";
import type { SetURLSearchParams } from "react-router";

import type { RecipientStatus } from "../../api/client";
import type { RecipientFilter } from "../../api/people";
import { RECIPIENT_STATUS } from "../../words";

const STATES = Object.keys(RECIPIENT_STATUS) as RecipientStatus[];
const ALL = { value: "", label: "All states" };
const PATIENCE = 350; // ms after the last key before the server is asked

/** The filter as the page's address has it; what makes no sense there is passed over. */
export function filterOf(search: URLSearchParams): RecipientFilter {
  const filter: RecipientFilter = {};
  const status = STATES.find((state) => state === search.get("status"));
  if (status) filter.status = status;
  const phone = search.get("phone")?.trim();
  if (phone && /[0-9]/.test(phone)) filter.phone = phone;
  const code = search.get("code");
  if (code) filter.code = code;
  if (search.get("replied") === "true") filter.replied = true;
  return filter;
}

/** Which recipients to show; what is chosen is in the page's address. */
export function FilterBar({
  filter,
  setSearch,
}: {
  filter: RecipientFilter;
  setSearch: SetURLSearchParams;
}) {
  const change = (name: string, value: string) => {
    setSearch(
      (old) => {
        if (value) old.set(name, value);
        else old.delete(name);
        return old;
      },
      { replace: true },
    );
  };
  const states = [ALL, ...STATES.map((value) => ({ value, label: RECIPIENT_STATUS[value] }))];
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <PhoneField phone={filter.phone ?? ""} onChange={(phone) => change("phone", phone)} />
      <Select
        ariaLabel="State"
        selectedOption={states.find(({ value }) => value === filter.status) ?? ALL}
        options={states}
        onChange={({ detail }) => change("status", detail.selectedOption.value ?? "")}
      />
      <Select
        ariaLabel="Replies"
        selectedOption={filter.replied ? REPLIED : ANY}
        options={[ANY, REPLIED]}
        onChange={({ detail }) => change("replied", detail.selectedOption.value ?? "")}
      />
      {filter.code && (
        <Button
          iconName="close"
          iconAlign="right"
          ariaLabel={`Only code ${filter.code}. Remove this filter`}
          onClick={() => change("code", "")}
        >
          Code {filter.code}
        </Button>
      )}
    </SpaceBetween>
  );
}

const ANY = { value: "", label: "With or without reply" };
const REPLIED = { value: "true", label: "Have replied" };

function PhoneField({ phone, onChange }: { phone: string; onChange: (phone: string) => void }) {
  const [typed, setTyped] = useState(phone);
  useEffect(() => {
    if (typed === phone) return;
    const asked = window.setTimeout(() => onChange(typed), PATIENCE);
    return () => window.clearTimeout(asked);
    // `onChange` is another function each time; it does the same.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [typed, phone]);
  return (
    <Input
      type="search"
      inputMode="tel"
      value={typed}
      placeholder="Phone, or its beginning"
      ariaLabel="Phone, or its beginning, with the country code"
      clearAriaLabel="Clear"
      onChange={({ detail }) => setTyped(detail.value.replaceAll(/[^0-9+ ().-]/g, ""))}
    />
  );
}
