import { useEffect, useState } from "react";
import { Choice, NumberInput, TextInput } from "../elements/fields.js";
import { useCall } from "../service/queries.js";
import { isolate } from "../texts/isolate.js";
import { type TextKey, useTexts } from "../texts/texts.js";
import type { ReviewFilter } from "./rows.js";

const TYPING_MS = 400;
const STATES = ["pending", "decided", "unsure", "any"] as const;
const ORDERS = ["worst", "posterior", "random"] as const;

const BOUNDS = [
  ["given", "given"],
  ["suggested", "suggested"],
  ["search", "inText"],
  ["minErrorProbability", "leastDoubt"],
  ["maxErrorProbability", "mostDoubt"],
  ["minRank", "leastRank"],
  ["maxRank", "mostRank"],
  ["fold", "fold"],
] as const satisfies readonly (readonly [keyof ReviewFilter, TextKey])[];

/** Which flags, and in which order; kept in the address. */
export function FilterBar({
  pruningId,
  filter,
  names,
  onChange,
}: {
  readonly pruningId: string;
  readonly filter: ReviewFilter;
  readonly names: readonly string[];
  readonly onChange: (filter: ReviewFilter) => void;
}) {
  const t = useTexts();
  const [isOpen, setOpen] = useState(false);
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
  const report = useCall("getReviewReport", { params: { id: pruningId } });
  const pairs = report.data?.pairs ?? [];
  const pair = pairs.findIndex(
    ({ given, suggested }) => given === filter.given && suggested === filter.suggested,
  );
  const choosePair = (value: string) => {
    const { given: _given, suggested: _suggested, ...rest } = filter;
    const { given, suggested } = pairs[Number(value)] ?? {};
    onChange(value === "" || !given || !suggested ? rest : { ...rest, given, suggested });
  };
  const classes = [["", t("anyClass")], ...names.map((name) => [name, name] as const)] as const;
  const said = [
    t(`filter-${filter.state}`),
    t(`order-${filter.order}`),
    ...BOUNDS.flatMap(([key, text]) => {
      const value = filter[key];
      if (value === undefined) return [];
      const shown = key === "fold" ? Number(value) + 1 : value;
      return `${t(text)} ${typeof shown === "number" ? t.number(shown, 2) : isolate(shown)}`;
    }),
  ];
  const isNarrow = BOUNDS.some(([key]) => filter[key] !== undefined);
  return (
    <div className="card filter">
      <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          {t("filter")} <span className="dim small theirs">{said.join(" · ")}</span>
        </summary>
        {/* Lists of hundreds of classes are made once somebody looks at them. */}
        {isOpen && (
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
            <Choice
              label={t("pair")}
              value={pair === -1 ? "" : String(pair)}
              options={[
                ["", t("anyPair")],
                ...pairs.map(
                  ({ given, suggested, flags }, i) =>
                    [
                      String(i),
                      `${isolate(given)} → ${isolate(suggested)} (${t.number(flags)})`,
                    ] as const,
                ),
              ]}
              onChange={choosePair}
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
              label={t("mostDoubt")}
              value={filter.maxErrorProbability}
              onChange={(value) => set("maxErrorProbability", value)}
              min={0}
              max={1}
              step={0.05}
            />
            <NumberInput
              label={t("leastRank")}
              value={filter.minRank}
              onChange={(value) => set("minRank", value)}
              min={1}
              step={1}
            />
            <NumberInput
              label={t("mostRank")}
              value={filter.maxRank}
              onChange={(value) => set("maxRank", value)}
              min={1}
              step={1}
            />
            <NumberInput
              label={t("fold")}
              value={filter.fold === undefined ? undefined : filter.fold + 1}
              onChange={(value) => set("fold", value === undefined ? undefined : value - 1)}
              min={1}
              max={20}
            />
          </div>
        )}
      </details>
      {isNarrow && (
        <button
          type="button"
          className="button small"
          onClick={() => {
            setSearch("");
            onChange({ order: filter.order, state: filter.state });
          }}
        >
          {t("clearFilter")}
        </button>
      )}
    </div>
  );
}
