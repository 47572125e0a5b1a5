import { useMemo } from "react";
import { HeatMap } from "../charts/heat-map.js";
import { Loaded } from "../elements/parts.js";
import { useCall } from "../service/queries.js";
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
  const joint = useCall("getJoint", { params: { id: pruningId } });
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
