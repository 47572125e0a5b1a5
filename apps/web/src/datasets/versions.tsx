import { Link } from "@tanstack/react-router";
import type { Dataset } from "@winnow/contracts";
import { useAll, usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { VersionChanges } from "./version-changes.js";

/** The datasets that this one came from and those made from it, as a tree. */
export function Versions({ dataset }: { readonly dataset: Dataset }) {
  const t = useTexts();
  const all = useAll("listDatasets", {});
  const byId = new Map((all.data ?? [dataset]).map((one) => [one.id, one]));
  let root = dataset;
  for (let seen = 0; seen < byId.size; seen += 1) {
    const parent = root.parentId === null ? undefined : byId.get(root.parentId);
    if (parent === undefined) break;
    root = parent;
  }
  const childrenOf = (id: string) =>
    [...byId.values()].filter(({ parentId }) => parentId === id).reverse();
  const isAlone = root.id === dataset.id && childrenOf(root.id).length === 0;
  const parent = dataset.parentId === null ? undefined : byId.get(dataset.parentId);
  return (
    <>
      <section className="card">
        <ul className="tree">
          <Branch node={root} current={dataset.id} childrenOf={childrenOf} />
        </ul>
        {isAlone && <p className="dim">{t("noVersions")}</p>}
      </section>
      {parent && <VersionChanges dataset={dataset} parentName={parent.name} />}
    </>
  );
}

function Branch({
  node,
  current,
  childrenOf,
}: {
  readonly node: Dataset;
  readonly current: string;
  readonly childrenOf: (id: string) => readonly Dataset[];
}) {
  const t = useTexts();
  const { id, name, rows, classes, createdAt, parentId } = node;
  const children = childrenOf(id);
  const prunings = usePages("listPrunings", { query: { datasetId: id, state: "ready", limit: 1 } });
  const [latest] = prunings.items;
  const noise = latest?.report;
  const isCurrent = id === current;
  const figures = [
    [t("rows"), rows === null ? "–" : t.number(rows)],
    [t("classes"), classes === null ? "–" : t.number(classes)],
    ...(latest
      ? [
          [t("noise"), t.percent(noise?.noise?.rate ?? noise?.estimatedNoiseRate)],
          [t("flagged"), latest.flagged === null ? "–" : t.number(latest.flagged)],
        ]
      : []),
  ];
  return (
    <li>
      <div className={`version${isCurrent ? " current" : ""}`}>
        <Link
          to="/datasets/$id"
          params={{ id }}
          search={{ tab: "versions" }}
          aria-current={isCurrent ? "page" : undefined}
          className="theirs"
        >
          {name}
        </Link>
        <span className="dim small">
          {parentId === null && `${t("original")} · `}
          {t.time(createdAt)}
        </span>
        <dl>
          {figures.map(([figure, value]) => (
            <div key={figure}>
              <dt>{figure}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Branch key={child.id} node={child} current={current} childrenOf={childrenOf} />
          ))}
        </ul>
      )}
    </li>
  );
}
