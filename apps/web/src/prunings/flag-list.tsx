import type { Flag } from "@winnow/contracts";
import { Button } from "react-aria-components";
import { LabelChange } from "../elements/label-change.js";
import { Fault } from "../elements/problems.js";
import { type Column, VirtualTable } from "../elements/virtual-table.js";
import { usePages } from "../service/queries.js";
import { useTexts } from "../texts/texts.js";
import { ReviewLink } from "./review-link.js";

/** The flags, most doubtful first; of one cell of the joint where one was chosen. */
export function FlagList({
  pruningId,
  cell,
  onAll,
}: {
  readonly pruningId: string;
  readonly cell: { readonly given?: string; readonly suggested?: string };
  readonly onAll: () => void;
}) {
  const t = useTexts();
  const list = usePages("listFlags", { params: { id: pruningId }, query: { limit: 200, ...cell } });
  const { given, suggested } = cell;
  const isCell = given !== undefined || suggested !== undefined;
  const hasTruth = list.items.some(({ trueLabel }) => trueLabel !== null);
  const columns: Column<Flag>[] = [
    { name: t("rank"), width: 64, isNumber: true, cell: ({ rank }) => t.number(rank) },
    { name: t("text"), cell: ({ text }) => <span className="clip theirs">{text}</span> },
    {
      name: `${t("given")} → ${t("suggested")}`,
      width: 240,
      cell: (flag) => (
        <span className="theirs">
          <LabelChange {...flag} />
        </span>
      ),
    },
    {
      name: t("probability"),
      width: 96,
      isNumber: true,
      cell: ({ suggestedProbability }) => t.percent(suggestedProbability),
    },
  ];
  if (list.items.some(({ stability }) => stability !== null)) {
    columns.push({
      name: t("stability"),
      width: 130,
      isNumber: true,
      cell: ({ stability }) => <span title={t("stabilityHelp")}>{t.percent(stability, 0)}</span>,
    });
  }
  if (hasTruth) {
    columns.push({
      name: t("trueLabel"),
      width: 160,
      cell: ({ trueLabel }) => <span className="theirs">{trueLabel}</span>,
    });
  }
  return (
    <>
      <div className="spread" style={{ marginBottom: 10 }}>
        <h2 className="theirs">
          {isCell
            ? t("flagsOfCell", { given: given ?? "…", suggested: suggested ?? "…" })
            : t("flags")}
        </h2>
        <div className="actions">
          {isCell && (
            <Button className="button small" onPress={onAll}>
              {t("allFlags")}
            </Button>
          )}
          <ReviewLink pruningId={pruningId} cell={cell} text={t("reviewThese")} />
        </div>
      </div>
      {list.error && <Fault error={list.error} retry={() => list.refetch()} />}
      {list.isSuccess && list.items.length === 0 ? (
        <p className="empty">{t("nothing")}</p>
      ) : (
        <VirtualTable
          label={t("flags")}
          rows={list.items}
          keyOf={({ rank }) => rank}
          columns={columns}
          height={58}
          onEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
        />
      )}
    </>
  );
}
