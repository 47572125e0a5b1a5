import { useMemo } from "react";
import { Button } from "react-aria-components";
import { LabelChange } from "../elements/label-change.js";
import { VirtualTable } from "../elements/virtual-table.js";
import { useTexts } from "../texts/texts.js";
import type { ReviewSession, Snapshot } from "./session.js";
import { VerdictTag } from "./verdict.js";

/** The rows of the queue as far as they are loaded: those decided to go back to, and those to come. */
export function QueueList({
  shown,
  session,
}: {
  readonly shown: Snapshot;
  readonly session: ReviewSession;
}) {
  const t = useTexts();
  const { rows, decisions, index: present, hasMore } = shown;
  const places = useMemo(() => rows.map((row, index) => ({ row, index })), [rows]);
  if (rows.length === 0) return null;
  return (
    <details className="card queue" open>
      <summary>
        {t("queue")}{" "}
        <span className="dim small">
          {t.number(rows.length)}
          {hasMore ? "+" : ""}
        </span>
      </summary>
      <VirtualTable
        label={t("queue")}
        rows={places}
        keyOf={({ row }) => row.ordinal}
        height={45}
        shownIndex={present}
        onEnd={() => session.loadMore()}
        columns={[
          {
            name: t("rank"),
            width: 76,
            isNumber: true,
            cell: ({ row, index }) => (
              <Button
                className="button small bare"
                onPress={() => session.goTo(index)}
                aria-current={index === present}
              >
                {index === present ? "▸ " : ""}
                {t.number(row.rank)}
              </Button>
            ),
          },
          {
            name: t("text"),
            cell: ({ row }) => <span className="clip one theirs">{row.text}</span>,
          },
          {
            name: `${t("given")} → ${t("suggested")}`,
            width: 250,
            cell: ({ row }) => (
              <span className="clip one theirs">
                <LabelChange {...row} />
              </span>
            ),
          },
          {
            name: t("decision"),
            width: 150,
            cell: ({ row }) => {
              const decision = decisions.get(row.ordinal);
              return decision ? <VerdictTag decision={decision} /> : null;
            },
          },
        ]}
      />
    </details>
  );
}
