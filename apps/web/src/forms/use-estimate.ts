import { useQuery } from "@tanstack/react-query";
import type { JobRoute } from "@winnow/client";
import type { JobEstimate } from "@winnow/contracts";
import { useEffect, useState } from "react";
import { service } from "../service/client.js";
import type { useTexts } from "../texts/texts.js";
import type { JsonObject } from "./schema-node.js";

const TYPING_MS = 300;

/** What the service says that the job would take, once nobody types any more. */
export function useEstimate(route: JobRoute, body: JsonObject, enabled = true) {
  const text = JSON.stringify(body);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({
    queryKey: ["estimate", route, settled],
    enabled,
    queryFn: ({ signal }) =>
      service().validate(route, { body: JSON.parse(settled), signal } as never),
  });
}

export function estimateText(estimate: JobEstimate, t: ReturnType<typeof useTexts>): string {
  const { rows, seconds, steps, peakMemoryBytes, storageBytes } = estimate;
  const parts = [
    rows === null ? null : t("rowsCount", { count: rows }),
    steps === null ? null : t("estimateSteps", { steps }),
    seconds === null ? null : t("estimateTime", { time: t.duration(seconds) }),
    peakMemoryBytes === null ? null : t("estimateMemory", { memory: t.bytes(peakMemoryBytes) }),
    storageBytes === null ? null : t("estimateStorage", { storage: t.bytes(storageBytes) }),
  ].filter((part) => part !== null);
  if (parts.length === 0) return t("estimateUnknown");
  const isRateUnknown = steps !== null && seconds === null;
  const told = t("sentence", { text: t.list(parts) });
  return isRateUnknown ? `${told} ${t("estimateNoRate")}` : told;
}
