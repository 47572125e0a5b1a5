import { VirtualTable } from "../elements/virtual-table.js";
import { usePages } from "../service/queries.js";
import { rejectText, useTexts } from "../texts/texts.js";

/** The lines that were not kept, with where they stand and why. */
export function Rejects({ datasetId }: { readonly datasetId: string }) {
  const t = useTexts();
  const list = usePages("listRejects", { params: { id: datasetId }, query: { limit: 500 } });
  if (list.isSuccess && list.items.length === 0)
    return <p className="empty">{t("noRejectsList")}</p>;
  return (
    <section className="card">
      <VirtualTable
        label={t("rejects")}
        rows={list.items}
        keyOf={({ line, reason }) => `${line} ${reason}`}
        onEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
        columns={[
          { name: t("line"), width: 90, isNumber: true, cell: ({ line }) => t.number(line) },
          {
            name: t("reason"),
            width: 190,
            cell: ({ reason, detail }) => <span title={detail}>{rejectText(reason, t)}</span>,
          },
          {
            name: t("excerpt"),
            cell: ({ excerpt }) => <span className="clip theirs">{excerpt}</span>,
          },
        ]}
      />
    </section>
  );
}
