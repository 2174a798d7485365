# Two stages: the first installs the locked dependencies and builds, the second carries nothing that builds.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/warroom \
    && /opt/warroom/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY assets assets
COPY services services
COPY bot bot
COPY cogs cogs
RUN /opt/build/bin/hatchling build -t wheel -d /src/dist \
    && /opt/warroom/bin/pip install --no-cache-dir --no-deps /src/dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /app warroom \
    && mkdir -p /app/data && chown -R warroom /app
COPY --from=build /opt/warroom /opt/warroom
ENV PATH="/opt/warroom/bin:$PATH" PYTHONUNBUFFERED=1
WORKDIR /app
USER warroom
VOLUME /app/data
HEALTHCHECK --interval=60s --timeout=20s --start-period=120s --retries=3 CMD ["warroom", "health"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["warroom"]
CMD ["run"]
