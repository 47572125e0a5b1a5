import { useEffect, useState } from "react";
import { Choice, NumberInput, TextInput } from "../elements/fields.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import type { ReviewFilter } from "./session.js";

const TYPING_MS = 400;
const STATES = ["pending", "decided", "unsure", "any"] as const;
const ORDERS = ["worst", "posterior", "random"] as const;

/** Which flags, and in which order; kept in the address. */
export function FilterBar({
  filter,
  names,
  onChange,
}: {
  readonly filter: ReviewFilter;
  readonly names: readonly string[];
  readonly onChange: (filter: ReviewFilter) => void;
}) {
  const t = useTexts();
  const [search, setSearch] = useState(filter.search ?? "");
  const set = (key: keyof ReviewFilter, value: string | number | undefined) => {
    const { [key]: _, ...rest } = filter;
    onChange(
      (value === undefined || value === "" ? rest : { ...rest, [key]: value }) as ReviewFilter,
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed starts it
  useEffect(() => {
    if (search === (filter.search ?? "")) return;
    const timer = setTimeout(() => set("search", search), TYPING_MS);
    return () => clearTimeout(timer);
  }, [search]);
  const classes = [["", t("anyClass")], ...names.map((name) => [name, name] as const)] as const;
  const { state, order, ...bounds } = filter;
  const said = [t(`filter-${state}`), t(`order-${order}`), ...Object.values(bounds).map(String)];
  return (
    <details className="card filter">
      <summary>
        {t("filter")} <span className="dim small theirs">{said.join(" · ")}</span>
      </summary>
      <div className="fields">
        <Choice
          label={t("state")}
          value={filter.state}
          options={STATES.map((one) => [one, t(`filter-${one}` as TextKey)] as const)}
          onChange={(value) => set("state", value)}
        />
        <Choice
          label={t("sortBy")}
          value={filter.order}
          options={ORDERS.map((one) => [one, t(`order-${one}` as TextKey)] as const)}
          onChange={(value) => set("order", value)}
        />
        <Choice
          label={t("given")}
          value={filter.given ?? ""}
          options={classes}
          onChange={(value) => set("given", value)}
        />
        <Choice
          label={t("suggested")}
          value={filter.suggested ?? ""}
          options={classes}
          onChange={(value) => set("suggested", value)}
        />
        <TextInput label={t("inText")} type="search" value={search} onChange={setSearch} />
        <NumberInput
          label={t("leastDoubt")}
          value={filter.minErrorProbability}
          onChange={(value) => set("minErrorProbability", value)}
          min={0}
          max={1}
          step={0.05}
        />
        <NumberInput
          label={t("fold")}
          value={filter.fold === undefined ? undefined : filter.fold + 1}
          onChange={(value) => set("fold", value === undefined ? undefined : value - 1)}
          min={1}
          max={20}
        />
      </div>
    </details>
  );
}
