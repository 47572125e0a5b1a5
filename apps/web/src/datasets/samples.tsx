import { ClassName } from "../elements/class-name.js";
import { VirtualTable } from "../elements/virtual-table.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";

/** Every row of a dataset, loaded as somebody scrolls. */
export function Samples({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const list = usePages("listSamples", { params: { id: datasetId }, query: { limit: 500 } });
  return (
    <section className="card">
      <VirtualTable
        label={t("samples")}
        rows={list.items}
        keyOf={({ ordinal }) => ordinal}
        onEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
        columns={[
          { name: t("line"), width: 90, isNumber: true, cell: ({ line }) => t.number(line) },
          { name: t("text"), cell: ({ text }) => <span className="clip theirs">{text}</span> },
          {
            name: t("label"),
            width: 200,
            cell: ({ label }) => (
              <span className="clip theirs">
                <ClassName>{label}</ClassName>
              </span>
            ),
          },
        ]}
      />
    </section>
  );
}
