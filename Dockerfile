# The wheel is built and installed in the first stage; the second takes the installation alone, so
# that no source and no tool for building lies there.
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/mcalc \
    && /opt/mcalc/bin/python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .
WORKDIR /
RUN /opt/mcalc/bin/python -m pip install --no-cache-dir /wheels/*.whl \
    && /opt/mcalc/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /opt/mcalc /opt/mcalc
ENV PATH=/opt/mcalc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1
# A number, since who runs the container may ask for a user that is not root, and sees no names.
USER 10001:10001
EXPOSE 8000
# No curl here, and none needed.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:' + os.environ.get('MCALC_PORT', '8000') + '/healthz', timeout=2)"]
# The server stops on SIGTERM, after the answers under way are out: within 15 seconds.
ENTRYPOINT ["mcalc", "serve", "--host", "0.0.0.0"]
