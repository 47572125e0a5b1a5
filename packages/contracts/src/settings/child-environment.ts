import type { Environment } from "./settings.js";

/** By which a program finds others, its libraries, its folders, its language, certificates and options. */
const NAMES: ReadonlySet<string> = new Set([
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TMP", "TEMP"],
  ...["LANG", "LANGUAGE", "TZ", "NO_COLOR", "FORCE_COLOR", "TERM"],
  ...["LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"],
  ...["NODE_ENV", "NODE_OPTIONS", "NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_NO_WARNINGS"],
  ...["NODE_V8_COVERAGE", "UV_THREADPOOL_SIZE", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["SYSTEMROOT", "COMSPEC", "PATHEXT", "LOCALAPPDATA", "APPDATA", "USERPROFILE"],
]);

/** Of languages, folders, memory, and of the libraries that compute. */
const FAMILIES = [
  ...["LC_", "XDG_", "MALLOC_", "GLIBC_"],
  ...["CUDA_", "NVIDIA_", "NCCL_", "TF_", "XLA_", "HSA_", "HIP_", "ROCR_", "ROCM_"],
  ...["OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "VK_", "MESA_", "LIBGL_", "DRI_"],
];

/**
 * The part of an environment that a child process gets which reads no settings. It is a list of what
 * passes: whatever else is in the environment, such as DATABASE_URL or the keys of a cloud, stays here,
 * where a fault in a library that the child loads does not reach it.
 */
export function childEnvironment(
  environment: Environment,
  more: readonly string[] = [],
): Record<string, string> {
  const families = [...FAMILIES, ...more];
  const passes = (name: string) =>
    NAMES.has(name.toUpperCase()) || families.some((family) => name.startsWith(family));
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && passes(name) ? [[name, value]] : [],
    ),
  );
}
