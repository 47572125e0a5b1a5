import { useNavigate } from "@tanstack/react-router";
import type { Job } from "@winnow/client";
import { Button } from "react-aria-components";
import { type TextKey, useTexts } from "../texts/texts.js";
import { EarlierJobs } from "./earlier-jobs.js";
import { Fault } from "./problems.js";

interface JobCardProps {
  readonly title: TextKey;
  readonly help: TextKey;
  /** What the button says. */
  readonly action: TextKey;
  /** Jobs of this kind that were started before. */
  readonly before: readonly Job[];
  readonly error: Error | null;
  readonly isPending: boolean;
  /** Starts the job and then calls `then` with it. */
  readonly start: (then: (job: Pick<Job, "id">) => unknown) => void;
}

/** A card that starts a job and leads to it, and to those that were started before. */
export function JobCard({ title, help, action, before, error, isPending, start }: JobCardProps) {
  const t = useTexts();
  const navigate = useNavigate();
  return (
    <section className="card stack">
      <h2>{t(title)}</h2>
      <p className="dim">{t(help)}</p>
      <EarlierJobs jobs={before} />
      {error && <Fault error={error} />}
      <div className="actions">
        <Button
          className="button"
          isDisabled={isPending}
          onPress={() => start(({ id }) => navigate({ to: "/jobs/$id", params: { id } }))}
        >
          {t(action)}
        </Button>
      </div>
    </section>
  );
}
