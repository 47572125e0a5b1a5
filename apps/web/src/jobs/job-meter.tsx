import { isTerminal, type Job } from "@winnow/contracts";
import { Meter } from "../elements/parts.js";
import { useTexts } from "../texts/texts.js";

/** How far a job is, what it does, and how long it will take. */
export function JobMeter({ job, thin = false }: { readonly job: Job; readonly thin?: boolean }) {
  const t = useTexts();
  const { done, total } = job.progress;
  const share =
    job.state === "succeeded"
      ? 1
      : total === null || total === 0 || done === 0
        ? null
        : done / total;
  // It never came to a share, and waits for nothing any more.
  if (share === null && isTerminal(job.state)) return null;
  const eta = isTerminal(job.state) ? null : job.etaSeconds;
  return (
    <div>
      <Meter share={share} label={t("progress")} thin={thin} />
      <p className="small dim">
        {[
          share === null ? null : t.percent(share, 0),
          isTerminal(job.state) ? null : job.phase,
          eta === null ? null : t("remaining", { time: t.duration(eta) }),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
    </div>
  );
}
