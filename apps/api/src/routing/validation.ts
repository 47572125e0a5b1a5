import { MOST_FAULTS } from "@winnow/contracts";
import { validatorCompiler as compiler } from "fastify-type-provider-zod";

/** Checks requests with their schemas, and reports the first hundred faults. */
export const validatorCompiler: typeof compiler = (route) => {
  const check = compiler(route);
  return (data) => {
    const checked = check(data);
    const { error } = checked as { error?: unknown };
    return Array.isArray(error) ? ({ error: error.slice(0, MOST_FAULTS) } as never) : checked;
  };
};
