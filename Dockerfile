# One image for the service, its command line and the simulator: the same files, started differently.
#
#   docker run IMAGE                          the service
#   docker run IMAGE src/cli/migrate.ts       migrates the database to this version's schema, and exits
#   docker run IMAGE src/cli/payout.ts …      the operator's command line
#   docker run IMAGE src/dev/simulator.ts     the simulated gateway, for development
#
# There is no build step: Node runs TypeScript by stripping the types.

# A stage of its own installs the production dependencies: npm's cache does not reach the image, and a
# change in src installs nothing again. --omit=dev leaves out Node itself, which the base image
# contains, the embedded PostgreSQL, compilers and tests. No dependency needs its install script.
FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-slim
WORKDIR /app
# The files belong to root and the service cannot write them: an intruder cannot change what it runs.
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY src ./src

# The user is a number, so that Kubernetes can see that it is not root. The base image calls it "node".
# The service writes nothing to disk: a read-only root file system works.
USER 1000:1000
EXPOSE 8080

# The check uses Node, because the image has no curl. It asks whether the process answers, not whether it
# is ready: Swarm replaces a container that fails it, and a database that is away would have every replica
# replaced, although each recovers by itself. Kubernetes and ECS ignore this line: see
# docs/load-balancers.md.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "/app/src/cli/healthcheck.ts", "/health/live"]

# There is no shell in between, so SIGTERM reaches Node itself.
ENTRYPOINT ["node"]
# The same as `npm start`. Without these options V8 lets 45 MB in use grow to 290 MB before it collects.
CMD ["--max-semi-space-size=16", "--heap-growing-percent=50", "src/main.ts"]
