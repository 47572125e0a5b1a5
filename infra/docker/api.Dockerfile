# The API, and the `winnow` command for the one-shot migration. Built from the repository's root:
#   docker build -f infra/docker/api.Dockerfile -t winnow-api .
FROM node:20.20.2-bookworm-slim AS build
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
COPY tsconfig.json tsconfig.base.json ./
COPY infra/setup infra/setup
COPY infra/docker infra/docker
COPY prisma prisma
COPY packages packages
COPY apps apps
RUN node infra/setup/prisma.mjs generate && npx tsc -b apps/api apps/cli apps/web \
  && npx vite build apps/web
# Optional packages are left out: the embedded Postgres is for machines without containers.
RUN npm ci --omit=dev --omit=optional --workspace @winnow/api --workspace @winnow/cli \
  && node infra/docker/sbom.mjs api --out sbom.cdx.json \
  && node infra/docker/prune.mjs apps/api apps/cli

FROM node:20.20.2-bookworm-slim
LABEL org.opencontainers.image.title="winnow-api" \
  org.opencontainers.image.description="Winnow's API and its page, and the winnow command" \
  org.opencontainers.image.licenses="Apache-2.0"
# A named volume takes over the owner of the folder it is mounted on.
RUN apt-get update && apt-get install --yes --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir -p /var/lib/winnow /var/backups/winnow \
  && chown 1000:1000 /var/lib/winnow /var/backups/winnow
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/apps/api apps/api
COPY --from=build /app/apps/cli apps/cli
# The page: the API serves it where it is there.
COPY --from=build /app/apps/web/dist/page apps/web/dist/page
COPY --from=build /app/prisma/migrations prisma/migrations
# By number: Kubernetes cannot tell that a name is not root's.
USER 1000:1000
EXPOSE 8080
ENTRYPOINT ["tini", "--"]
CMD ["node", "apps/api/dist/main.js"]
