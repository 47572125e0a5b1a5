import type { ModelParams, RunMember } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { IS_LINEAR_PART } from "./linear-part.js";

/** A model whose probabilities are stored: a member of a run's pool, or a run without members. */
export interface RunVoter {
  readonly id: string;
  readonly member: RunMember | null;
}

/** The members of a run's pool, in the order of their names; the linear part of a network is none. */
export async function listMembers(
  store: Store,
  runId: string,
): Promise<{ readonly id: string; readonly member: RunMember }[]> {
  const { rows } = await poolOf(store).query<{ id: string; member: RunMember }>(
    `SELECT m.id, m.member FROM cross_validations m JOIN cross_validations c ON c.id = m.parent_id
     WHERE c.id = $1 AND NOT ${IS_LINEAR_PART} ORDER BY m.member`,
    [runId],
  );
  return rows;
}

/** A run and, where it combines others, those: with their places. A member counts as its whole run. */
const PARTS = `WITH RECURSIVE part AS (
   SELECT coalesce(parent_id, id) AS id, '{}'::int[] AS place FROM cross_validations WHERE id = $1
   UNION ALL SELECT o.id, part.place || o.place::int
   FROM part JOIN cross_validations c ON c.id = part.id,
     unnest(c.combined_of) WITH ORDINALITY o (id, place))`;

/**
 * The run of the quick model that a run was made with: itself, its member, a member beside it, or that
 * of the first run that it combines and that has one; null without any. One that predicts parents first is
 * no such run: no weights of one model say why.
 */
export async function findQuickRun(store: Store, runId: string): Promise<string | null> {
  const { rows } = await poolOf(store).query<{ id: string }>(
    `${PARTS}
     SELECT coalesce(m.id, c.id) AS id FROM part JOIN cross_validations c ON c.id = part.id
     LEFT JOIN cross_validations m ON m.parent_id = c.id AND m.member = 'quick'
     WHERE c.combined_of = '{}' AND (m.id IS NOT NULL OR (
       c.configuration->'model'->>'kind' = 'quick'
       AND c.configuration->'model'->>'levels' IS DISTINCT FROM 'parent-first'))
     ORDER BY part.place LIMIT 1`,
    [runId],
  );
  return rows[0]?.id ?? null;
}

/** Where the vectors came from of a run, or of the first run that it combines and that has some. */
export async function findVectorSource(
  store: Store,
  runId: string,
): Promise<Pick<ModelParams, "embeddings" | "encoder" | "embeddingsEndpoint"> | null> {
  const { rows } = await poolOf(store).query<{ model: ModelParams }>(
    `${PARTS}
     SELECT c.configuration->'model' AS model FROM part JOIN cross_validations c ON c.id = part.id
     WHERE c.configuration->'model' ?| ARRAY['embeddings', 'encoder']
       OR c.configuration->'model'->'embeddingsEndpoint' = 'true' ORDER BY part.place LIMIT 1`,
    [runId],
  );
  return rows[0]?.model ?? null;
}

/**
 * The models that a run is made of, each once: those of its pool, or of every run that it combines
 * and that still exists; a run of one model is its own.
 */
export async function listVoters(store: Store, runId: string): Promise<RunVoter[]> {
  const { rows } = await poolOf(store).query<RunVoter>(
    `WITH RECURSIVE part AS (
       SELECT id, combined_of FROM cross_validations WHERE id = $1
       UNION SELECT c.id, c.combined_of FROM part JOIN cross_validations c ON c.id = ANY(part.combined_of))
     SELECT coalesce(m.id, c.id) AS id, coalesce(m.member, c.member) AS member
     FROM part JOIN cross_validations c ON c.id = part.id
     LEFT JOIN cross_validations m ON m.parent_id = c.id AND NOT ${IS_LINEAR_PART}
     WHERE NOT EXISTS (SELECT 1 FROM cross_validations p WHERE p.id = ANY(c.combined_of))
     GROUP BY 1, 2 ORDER BY 1`,
    [runId],
  );
  return rows;
}
