# The worker with all its roles. Built from the repository's root:
#   docker build -f infra/docker/worker.Dockerfile -t winnow-worker .
# It computes on wasm. For NVIDIA GPUs see compose.gpu.yml, which sets these two:
ARG RUNTIME_IMAGE=node:20.20.2-bookworm-slim
ARG BACKEND=wasm

FROM node:20.20.2-bookworm-slim AS build
ARG BACKEND
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
COPY packages/encoder/package.json packages/encoder/
COPY packages/linear/package.json packages/linear/
COPY packages/local-services/package.json packages/local-services/
COPY packages/npy/package.json packages/npy/
COPY packages/copy-rows/package.json packages/copy-rows/
COPY packages/numeric/package.json packages/numeric/
COPY packages/processes/package.json packages/processes/
COPY packages/reader/package.json packages/reader/
COPY packages/redis/package.json packages/redis/
COPY packages/storage/package.json packages/storage/
COPY packages/store/package.json packages/store/
RUN npm ci
COPY tsconfig.json tsconfig.base.json ./
COPY infra/setup infra/setup
COPY prisma prisma
COPY packages packages
COPY apps apps
RUN node infra/setup/prisma.mjs generate && npx tsc -b apps/worker
RUN npm ci --omit=dev --workspace @winnow/worker
COPY infra/native infra/native
# The binding's own install script fetches libtensorflow.
RUN if [ "$BACKEND" = tfjs-node-gpu ]; then \
      node infra/native/install.mjs && \
      npm --prefix infra/native rebuild --ignore-scripts=false @tensorflow/tfjs-node-gpu; \
    fi

FROM ${RUNTIME_IMAGE}
WORKDIR /app
# An image with CUDA has no Node of its own.
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/apps/worker apps/worker
COPY --from=build /app/infra/native infra/native
COPY --from=build /app/prisma/migrations prisma/migrations
# By number: an image with CUDA has no user `node`. A named volume takes over the folder's owner.
RUN mkdir -p /var/lib/winnow && chown 1000:1000 /var/lib/winnow
USER 1000:1000
EXPOSE 8081
CMD ["node", "apps/worker/dist/main.js"]
