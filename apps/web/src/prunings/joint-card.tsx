import { useQuery } from "@tanstack/react-query";
import type { Joint } from "@winnow/contracts";
import { useMemo } from "react";
import { HeatMap } from "../charts/heat-map.js";
import { Loaded } from "../elements/parts.js";
import { service } from "../service/client.js";
import { useTexts } from "../texts/texts.js";

/** The joint of given and true labels as a heat map of estimated rows. */
export function JointCard({
  pruningId,
  rows,
  onChoose,
}: {
  readonly pruningId: string;
  readonly rows: number | undefined;
  readonly onChoose: (given: string, suggested: string) => void;
}) {
  const t = useTexts();
  const joint = useJoint(pruningId);
  const counts = useMemo(() => {
    const { joint: shares = [], confidentJoint = [] } = joint.data ?? {};
    if (rows === undefined) return confidentJoint;
    return shares.map((row) => row.map((share) => Math.round(share * rows)));
  }, [joint.data, rows]);
  return (
    <section className="card">
      <h2>{t("joint")}</h2>
      <p className="dim">{t("jointHelp")}</p>
      <Loaded from={joint}>
        {({ classes }) => (
          <HeatMap
            values={counts}
            names={classes}
            label={t("joint")}
            rowAxis={t("given")}
            columnAxis={t("looksLike")}
            sayCell={({ row, column }, count) =>
              t("jointCell", { given: classes[row] ?? "", suggested: classes[column] ?? "", count })
            }
            onChoose={({ row, column }) => onChoose(classes[row] ?? "", classes[column] ?? "")}
          />
        )}
      </Loaded>
    </section>
  );
}

/**
 * Read as it comes: of 428 classes these are half a million numbers, and to check each by the schema
 * takes longer than to draw them.
 */
const useJoint = (pruningId: string) =>
  useQuery({
    queryKey: ["getJoint", pruningId],
    queryFn: async ({ signal }) => {
      const input = { params: { id: pruningId }, signal };
      const response = await service().request("getJoint", input);
      return (await response.json()) as Joint;
    },
  });
