# The image of the service, of its command line and of the simulator: the same files, another start.
#
#   docker run IMAGE                          the service
#   docker run IMAGE src/cli/migrate.ts       brings the database to this version's schema, and ends
#   docker run IMAGE src/cli/payout.ts …      the operator's command line
#   docker run IMAGE src/dev/simulator.ts     the fake gateway, for development
#
# There is no build step: Node runs TypeScript by leaving the types out.

# Production dependencies only, in a stage of their own: npm's cache stays behind, and a change in src
# does not install anything again. What is left out with --omit=dev: Node itself, which the base
# brings, the embedded PostgreSQL, compilers and tests. No dependency needs its install script.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
# Owned by root and not writable by the service: whoever gets into it cannot change what it runs.
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src

# As a number, so that Kubernetes can see that it is not root (the base calls this user "node").
# Nothing is written to disk: a read-only root file system works.
USER 1000:1000
EXPOSE 8080

# Node is there anyway, curl is not. It asks for readiness, since that is what compose waits for;
# Kubernetes ignores this line and has probes of its own for /health/live and /health/ready.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/src/cli/healthcheck.ts"]

# No shell in between: SIGTERM reaches Node itself.
ENTRYPOINT ["node"]
# As `npm start` does. Left to itself, V8 lets 45 MB in use grow to 290 MB before it collects.
CMD ["--max-semi-space-size=16", "--heap-growing-percent=50", "src/main.ts"]
