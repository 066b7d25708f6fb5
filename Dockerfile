# vxsetup as a container: built in one stage, run in another as a user without rights, with nothing but Python and vxsetup.
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY vxsetup /source/vxsetup
COPY schemas /source/schemas
COPY examples /source/examples
RUN python -m venv /vxsetup && /vxsetup/bin/python -m pip install --no-cache-dir --no-compile /source \
    && /vxsetup/bin/python -m pip uninstall --yes pip

FROM python:3.13-slim
COPY --from=build /vxsetup /vxsetup
ENV PATH=/vxsetup/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /configs
ENTRYPOINT ["vxsetup"]
CMD ["--help"]
