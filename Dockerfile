# syntax=docker/dockerfile:1
# Oblio's own images for docker-compose.yml; its services come as their makers publish them.

# Debian rather than Alpine: Temporal's client library needs glibc.
FROM node:24-bookworm-slim AS app
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY . .
RUN node commands/build-bundle.ts dist/workflow-bundle.js
USER node
ENTRYPOINT ["node"]

# The one-shot that prepares databases and store; the only image with an administrator's tool: Temporal's schema tool, in the version of the server.
FROM app AS setup
COPY --from=temporalio/admin-tools:1.32.0 /usr/local/bin/temporal-sql-tool /usr/local/bin/temporal-sql-tool
