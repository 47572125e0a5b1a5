import type { PruningClass } from "@winnow/contracts";
import { useState } from "react";
import { ClassName } from "../elements/class-name.js";
import { Choice } from "../elements/fields.js";
import { Loaded } from "../elements/parts.js";
import { VirtualTable } from "../elements/virtual-table.js";
import { useCall } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

const ORDERS = {
  labelNoise: (a: PruningClass, b: PruningClass) => b.labelNoise - a.labelNoise,
  inverseNoise: (a: PruningClass, b: PruningClass) => b.inverseLabelNoise - a.inverseLabelNoise,
  flagged: (a: PruningClass, b: PruningClass) => b.flagged - a.flagged,
  rows: (a: PruningClass, b: PruningClass) => b.given - a.given,
  name: (a: PruningClass, b: PruningClass) => a.name.localeCompare(b.name),
} as const;
type Order = keyof typeof ORDERS;

/** The noise of each class, as estimated and with its interval. */
export function ClassNoise({ pruningId }: { readonly pruningId: string }) {
  const t = useTexts();
  const [order, setOrder] = useState<Order>("labelNoise");
  const classes = useCall("listPruningClasses", { params: { id: pruningId } });
  return (
    <section className="card">
      <div className="spread">
        <div style={{ flex: "1 1 300px" }}>
          <h2>{t("noiseByClass")}</h2>
          <p className="dim">{t("labelNoiseHelp")}</p>
        </div>
        <div style={{ width: 200 }}>
          <Choice
            label={t("sortBy")}
            value={order}
            options={(Object.keys(ORDERS) as Order[]).map((key) => [key, t(key)] as const)}
            onChange={(value) => setOrder(value as Order)}
          />
        </div>
      </div>
      <Loaded from={classes}>{({ data }) => <Table rows={[...data].sort(ORDERS[order])} />}</Loaded>
    </section>
  );
}

function Table({ rows }: { readonly rows: readonly PruningClass[] }) {
  const t = useTexts();
  const most = Math.max(0.01, ...rows.map(({ labelNoiseInterval }) => labelNoiseInterval.high));
  return (
    <VirtualTable
      label={t("noiseByClass")}
      rows={rows}
      keyOf={({ index }) => index}
      columns={[
        {
          name: t("name"),
          width: 200,
          cell: ({ name }) => (
            <span className="theirs">
              <ClassName>{name}</ClassName>
            </span>
          ),
        },
        { name: t("labelNoise"), width: 300, cell: (row) => <Noise row={row} most={most} /> },
        { name: t("rows"), width: 80, isNumber: true, cell: ({ given }) => t.number(given) },
        { name: t("flagged"), width: 90, isNumber: true, cell: ({ flagged }) => t.number(flagged) },
        {
          name: t("inverseNoise"),
          width: 120,
          isNumber: true,
          cell: ({ inverseLabelNoise }) => (
            <span title={t("inverseNoiseHelp")}>{t.percent(inverseLabelNoise)}</span>
          ),
        },
      ]}
    />
  );
}

function Noise({ row, most }: { readonly row: PruningClass; readonly most: number }) {
  const t = useTexts();
  const { labelNoise, labelNoiseInterval, trueLabelNoise } = row;
  const { low, high } = labelNoiseInterval;
  const x = (share: number) => (100 * share) / most;
  return (
    <span className="noise">
      <svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
        <rect className="bar-fill" y="3" width={x(labelNoise)} height="8" rx="1" />
        <line className="bar-interval" x1={x(low)} x2={x(high)} y1="7" y2="7" />
      </svg>
      <span>
        {t.percent(labelNoise)}{" "}
        <span className="dim small">
          {t.percent(low)} – {t.percent(high)}
          {trueLabelNoise !== null && ` · ${t("trueNoise", { share: t.percent(trueLabelNoise) })}`}
        </span>
      </span>
    </span>
  );
}
