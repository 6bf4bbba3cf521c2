# syntax=docker/dockerfile:1
# The images of docker-compose.yml, one stage each. The Go programs are built from the versions that the local stack and the tests use (stack/programs/programs.ts).

FROM golang:1.26-bookworm AS programs
ENV CGO_ENABLED=0 GOTOOLCHAIN=auto GOFLAGS=-trimpath
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOBIN=/programs/minio go install -ldflags '-s -w' github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOBIN=/programs/mc go install -ldflags '-s -w' github.com/minio/mc@v0.0.0-20250313080218-cf909e1063a9
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOBIN=/programs/temporal-sql-tool go install -ldflags '-s -w' go.temporal.io/server/cmd/tools/sql@v1.32.2
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOBIN=/programs/temporal-server go install -ldflags '-s -w' go.temporal.io/server/cmd/server@v1.32.2
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    GOBIN=/programs/temporal-ui go install -ldflags '-s -w' github.com/temporalio/ui-server/v2/cmd/server@v2.54.1

# What the three services share: certificates, time zones and curl for their health checks.
FROM debian:bookworm-slim AS service
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl tzdata \
    && rm -rf /var/lib/apt/lists/*

FROM service AS store
COPY --from=programs /programs/minio/minio /usr/local/bin/minio
USER 1000:1000
ENTRYPOINT ["minio"]

FROM service AS temporal
COPY --from=programs /programs/temporal-server/server /usr/local/bin/temporal-server
COPY deploy/temporal /etc/temporal
USER 1000:1000
ENTRYPOINT ["temporal-server"]

FROM service AS temporal-ui
COPY --from=programs /programs/temporal-ui/server /usr/local/bin/temporal-ui
COPY deploy/temporal-ui /etc/temporal-ui
USER 1000:1000
ENTRYPOINT ["temporal-ui"]

# Oblio itself. Debian rather than Alpine: Temporal's client library needs glibc.
FROM node:24-bookworm-slim AS app
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY . .
RUN node commands/build-bundle.ts dist/workflow-bundle.js
USER node
ENTRYPOINT ["node"]

# The one-shot that prepares databases and store; the only image with the administrators' tools.
FROM app AS setup
COPY --from=programs /programs/mc/mc /usr/local/bin/mc
COPY --from=programs /programs/temporal-sql-tool/sql /usr/local/bin/temporal-sql-tool
