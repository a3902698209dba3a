FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 NODE_COMPILE_CACHE=/app/node_modules/.cache/gradwire
# As `npm start` has them: glibc would keep some hundred MB of what large requests have left.
ENV MALLOC_ARENA_MAX=2
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY docker/healthcheck.mjs ./docker/
COPY openapi ./openapi
COPY src ./src
# Compiled code is kept there; it is made now, since the root file system may be read-only later.
RUN install -d -o node node_modules/.cache
USER node
RUN ["node", "src/warm.ts"]
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["node", "docker/healthcheck.mjs"]
# Node itself is the first process: it gets SIGTERM, answers what is in flight and ends with 0.
CMD ["node", "src/main.ts"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="gradwire" \
      org.opencontainers.image.description="PyTorch-style automatic differentiation as an HTTP compute service" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
