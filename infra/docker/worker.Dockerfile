# The worker with all its roles. Built from the repository's root:
#   docker build -f infra/docker/worker.Dockerfile -t winnow-worker .
# It computes on wasm. BACKEND=tfjs-node or tfjs-node-gpu brings native TensorFlow, compiled on the
# full image, which has a compiler; for NVIDIA GPUs compose.gpu.yml sets both.
ARG BUILD_IMAGE=node:20.20.2-bookworm-slim

FROM ${BUILD_IMAGE} AS build
ARG BACKEND=wasm
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/api/package.json apps/api/
COPY apps/cli/package.json apps/cli/
COPY apps/web/package.json apps/web/
COPY apps/worker/package.json apps/worker/
COPY packages/client/package.json packages/client/
COPY packages/confident-learning/package.json packages/confident-learning/
COPY packages/contracts/package.json packages/contracts/
COPY packages/corpus/package.json packages/corpus/
COPY packages/demo-set/package.json packages/demo-set/
COPY packages/embeddings/package.json packages/embeddings/
COPY packages/encoder/package.json packages/encoder/
COPY packages/linear/package.json packages/linear/
COPY packages/local-services/package.json packages/local-services/
COPY packages/network/package.json packages/network/
COPY packages/npy/package.json packages/npy/
COPY packages/copy-rows/package.json packages/copy-rows/
COPY packages/numeric/package.json packages/numeric/
COPY packages/processes/package.json packages/processes/
COPY packages/reader/package.json packages/reader/
COPY packages/redis/package.json packages/redis/
COPY packages/sizing/package.json packages/sizing/
COPY packages/storage/package.json packages/storage/
COPY packages/store/package.json packages/store/
COPY packages/tracing/package.json packages/tracing/
RUN npm ci
# Before the sources: a change of these does not fetch 3 GB again.
COPY infra/setup infra/setup
COPY infra/native infra/native
COPY packages/encoder/scripts packages/encoder/scripts
RUN case "$BACKEND" in \
      wasm) exit 0 ;; \
      tfjs-node) other=tfjs-node-gpu ;; \
      tfjs-node-gpu) other=tfjs-node gpu=--gpu ;; \
      *) echo "BACKEND is wasm, tfjs-node or tfjs-node-gpu, not $BACKEND" >&2; exit 1 ;; \
    esac \
  && apt-get update && apt-get install --yes --no-install-recommends python3-pip make g++ \
  && npm run backend:tensorflow -- --no-check --move $gpu \
  && rm -rf .winnow /root/.cache "infra/native/node_modules/@tensorflow/$other"
COPY tsconfig.json tsconfig.base.json ./
COPY infra/docker infra/docker
COPY prisma prisma
COPY packages packages
COPY apps apps
RUN node infra/setup/prisma.mjs generate && npx tsc -b apps/worker
RUN npm ci --omit=dev --workspace @winnow/worker \
  && node infra/docker/sbom.mjs worker --backend "$BACKEND" --out sbom.cdx.json \
  && if [ "$BACKEND" = wasm ]; then \
      node infra/docker/prune.mjs apps/worker; \
    else \
      node infra/native/install.mjs && \
      node infra/docker/prune.mjs apps/worker "infra/native/node_modules/@tensorflow/$BACKEND"; \
    fi

FROM node:20.20.2-bookworm-slim
LABEL org.opencontainers.image.title="winnow-worker" \
  org.opencontainers.image.description="Winnow's worker: ingest, training, prunings, orchestrator" \
  org.opencontainers.image.licenses="Apache-2.0"
# A named volume takes over the owner of the folder it is mounted on.
RUN apt-get update && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /var/lib/winnow /var/cache/winnow && chown 1000:1000 /var/lib/winnow /var/cache/winnow
WORKDIR /app
ENV NODE_ENV=production
# For a GPU: what the NVIDIA container toolkit mounts of the driver, and where the driver keeps the
# kernels that it compiles for a card that TensorFlow has no code for.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  CUDA_CACHE_PATH=/var/cache/winnow/cuda \
  CUDA_CACHE_MAXSIZE=4294967296
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/infra/native infra/native
COPY --from=build /app/packages packages
COPY --from=build /app/apps/worker apps/worker
COPY --from=build /app/prisma/migrations prisma/migrations
# By number: Kubernetes cannot tell that a name is not root's.
USER 1000:1000
EXPOSE 8081
ENTRYPOINT ["tini", "--"]
CMD ["node", "apps/worker/dist/main.js"]
