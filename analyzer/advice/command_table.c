#include "analyzer/advice/command_table.h"

// clang-format off

/* Where package managers of distributions put things, and what scripts of packages look at. */
#define SYSTEM_WRITES \
	"/bin/ /boot/ /etc/ /home /lib/ /lib32/ /lib64/ /libx32/ /opt /run/ /sbin/ /srv /tmp/ /usr/bin/ /usr/games/ /usr/include/ /usr/lib/ " \
	"/usr/lib32/ /usr/lib64/ /usr/libx32/ /usr/libexec/ /usr/local/lib /usr/local/share /usr/sbin/ /usr/share/ /usr/src /var/ ~/.cache/ ~/.gnupg/"
#define SYSTEM_READS "/etc/? /usr/share/? /usr/local/share/? /var/lib/? ~/.netrc? ~/.gnupg/?"
#define SYSTEM_RULE " of the distribution reads system directories"
#define SYSTEM_VARIABLES "DEBIAN_* DEBCONF_* UCF_* ACCEPT_EULA JAVA_* PYTHON* PERL* !APT_CONFIG !DPKG_ROOT SYSTEMD_* INITRD"

#define GPG_OPTIONS \
	" --batch --yes --no-tty --quiet -q -v --verbose --armor -a -o:W --output:W --no-default-keyring --keyring:W --keyserver:V --keyserver-options:V --no-options --ignore-time-conflict --trust-model:V --homedir:X --no-permission-warning --always-trust "
#define GPG_READS "~/.gnupg/? $GNUPGHOME/?"
#define GPG_WRITES "~/.gnupg/ /run/ /tmp/ $GNUPGHOME/"

#define APT_OPTIONS \
	" -y -q -qq -f -m -u -V -d --yes --assume-yes --quiet --no-install-recommends --no-install-suggests --install-recommends --install-suggests " \
	"--fix-missing --fix-broken --allow-unauthenticated --force-yes --allow-downgrades --allow-change-held-packages " \
	"--allow-releaseinfo-change --allow-insecure-repositories --allow-remove-essential --reinstall --only-upgrade --no-upgrade --purge --auto-remove --autoremove " \
	"--ignore-missing --download-only --show-progress --no-show-progress --ignore-hold --trivial-only --print-uris --dry-run --simulate -s -o:V -t:V --option:V --target-release:V --default-release:V -a:V "
#define APK_OPTIONS \
	" -U -u -q -v -f --no-cache --update --update-cache --upgrade --latest --available --quiet --verbose --no-progress --progress --force --force-overwrite --force-refresh --clean-protected " \
	"--allow-untrusted --no-scripts --purge --initdb -t:V --virtual:V --repository:V -X:V --repositories-file:R --keys-dir:T --arch:V --wait:V --cache-max-age:V --no-network --no-check-certificate --no-interactive --rdepends "
#define DNF_OPTIONS \
	" -y -q -v -d:V -e:V --assumeyes --quiet --verbose --nodocs --allowerasing --best --nobest --nogpgcheck --refresh --skip-broken --obsoletes --security --cacheonly -C " \
	"--setopt:V --enablerepo:V --disablerepo:V --repo:V --repoid:V --exclude:V -x:V --releasever:V --disableplugin:V --enableplugin:V --disableexcludes:V --installroot:X --noplugins --downloadonly --downloaddir:X --rpmverbosity:V "

#define NPM_OPTIONS \
	" --ignore-scripts --no-audit --no-fund --audit --fund --omit:V --only:V --production --prod --dev --include:V --legacy-peer-deps --strict-peer-deps -f --force --no-optional " \
	"--optional --no-package-lock --package-lock -s -q -d -dd -ddd --silent --quiet --verbose --loglevel:V --no-progress --progress --prefer-offline --prefer-online --offline --unsafe-perm --allow-root --no-allow-root --registry:V " \
	"--fetch-retries:V --fetch-timeout:V --fetch-retry-mintimeout:V --fetch-retry-maxtimeout:V --network-timeout:V --prefix:C -C:C --no-save --save --save-dev --save-exact -S -D -E -P --save-prod --no-bin-links --bin-links --no-update-notifier --no-color --color --foreground-scripts --no-foreground-scripts " \
	"--workspaces -ws --workspace:V -w:V --include-workspace-root --install-strategy:V --install-links --no-install-links --global-style --legacy-bundling --engine-strict --maxsockets:V --no-shrinkwrap --strict-ssl --no-strict-ssl --ci --scripts-prepend-node-path --yes --no-engine-strict --build-from-source --python:V --sqlite:V --target_arch:V --arch:V --platform:V --target:V --no-timing --timing --cache:X --userconfig:R " \
	"--no-workspaces --os:V --cpu:V --libc:V --audit-level:V --fetch-retry-factor:V --jobs:V --no-strict-peer-deps --replace-registry-host:V --no-prefer-offline --no-dev --also:V --json --long --depth:V "
#define NPM_VARIABLES \
	"NODE_ENV NODE_VERSION NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NPM_TOKEN NPM_VERSION npm_config_loglevel npm_config_update_notifier npm_config_fund npm_config_audit npm_config_progress npm_config_cache npm_config_registry " \
	"npm_config_legacy_peer_deps npm_config_production npm_config_yes npm_config_unsafe_perm npm_config_fetch_* npm_config_maxsockets npm_config_strict_ssl npm_config_build_from_source npm_config_python npm_config_platform npm_config_arch npm_config_ignore_scripts npm_config_color npm_config_jobs npm_config_nodedir NPM_CONFIG_LOGLEVEL NPM_CONFIG_UPDATE_NOTIFIER NPM_CONFIG_FUND NPM_CONFIG_AUDIT NPM_CONFIG_PROGRESS NPM_CONFIG_CACHE " \
	"NPM_CONFIG_REGISTRY NPM_CONFIG_LEGACY_PEER_DEPS NPM_CONFIG_PRODUCTION NPM_CONFIG_FETCH_* NPM_CONFIG_COLOR NPM_CONFIG_UNSAFE_PERM NPM_CONFIG_PREFIX NPM_CONFIG_YES NPM_CONFIG_IGNORE_SCRIPTS !npm_config_* !NPM_CONFIG_* !NODE_OPTIONS !NODE_PATH COREPACK_* "
#define NPM_READS "package-lock.json? npm-shrinkwrap.json? yarn.lock? .npmrc? ~/.npmrc? /usr/local/etc/npmrc?"
#define NPM_WRITES "node_modules/ ~/.npm/ ~/.cache/ ~/.config/ ~/.node-gyp/ /tmp/ $npm_config_cache/ $NPM_CONFIG_CACHE/ "
#define NPM_GLOBAL "/usr/local/lib/node_modules/ /usr/local/bin/ /usr/lib/node_modules/ /usr/bin/ ~/.npm/ ~/.cache/ ~/.config/ ~/.npm-global/ ~/.nvm/ /usr/local/share/man/ /usr/local/nvm/ /tmp/ $NPM_CONFIG_PREFIX/lib/ $NPM_CONFIG_PREFIX/bin/ $NVM_DIR/"
#define YARN_OPTIONS \
	" --frozen-lockfile --immutable --immutable-cache --check-cache --pure-lockfile --production --prod --non-interactive --no-progress --silent -s --verbose --ignore-scripts --ignore-engines --ignore-optional --ignore-platform " \
	"--network-timeout:V --network-concurrency:V --no-cache --prefer-offline --offline --check-files --flat --force --har --no-bin-links --no-default-rc --no-emoji --no-lockfile --registry:V --inline-builds --refresh-lockfile --mode:V --cwd:C --cache-folder:X --json -D --dev -W --skip-integrity-check --link-duplicates --update-checksums --no-node-version-check --ignore-workspace-root-check "
#define YARN_VARIABLES "NODE_ENV YARN_ENABLE_* YARN_CACHE_FOLDER YARN_NPM_* YARN_HTTP_* YARN_GLOBAL_FOLDER YARN_VERSION NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_VERSION !YARN_* !npm_config_* !NPM_CONFIG_USERCONFIG !NODE_OPTIONS !NODE_PATH COREPACK_* "
#define YARN_READS "yarn.lock? .npmrc? ~/.npmrc? ~/.yarnrc? ~/.yarnrc.yml? .yarn/releases/? .yarn/plugins/? .yarn/patches/? .yarn/cache/? node_modules/? .pnp.cjs? .pnp.js?"
#define YARN_WRITES "node_modules/ .yarn/ .pnp.cjs .pnp.js .pnp.loader.mjs ~/.yarn/ ~/.cache/ ~/.config/ ~/.npm/ ~/.yarnrc /usr/local/share/.cache/ /tmp/ $YARN_CACHE_FOLDER/"
#define PNPM_OPTIONS \
	" --frozen-lockfile --no-frozen-lockfile --prefer-frozen-lockfile --prod -P --production --dev -D --no-optional --ignore-scripts --offline --prefer-offline --silent -s --reporter:V --loglevel:V --store-dir:X --shamefully-hoist --strict-peer-dependencies --no-strict-peer-dependencies " \
	"--ignore-pnpmfile --force --recursive -r --filter:V -F:V --child-concurrency:V --network-concurrency:V --registry:V --config:V --unsafe-perm --package-import-method:V --side-effects-cache --no-side-effects-cache --color --no-color --fix-lockfile --hoist --no-hoist --node-linker:V --include-workspace-root -w --workspace-root --virtual-store-dir:X -C:C --dir:C --fetch-timeout:V --fetch-retries:V "
#define PNPM_VARIABLES NPM_VARIABLES "PNPM_HOME PNPM_VERSION pnpm_config_*"
#define PNPM_READS "pnpm-lock.yaml? .npmrc? ~/.npmrc? node_modules/? ~/.config/pnpm/rc?"
#define PNPM_WRITES "node_modules/ ~/.local/ ~/.cache/ ~/.config/ ~/.npm/ ~/.pnpm-store/ ~/.pnpm-state/ .pnpm-store/ /pnpm/ /tmp/ $PNPM_HOME/"

#define PIP_OPTIONS \
	" -r:V --requirement:V -c:V --constraint:V -q -v -U --no-cache-dir --no-cache --cache-dir:X --upgrade --upgrade-strategy:V --user --pre --no-deps --no-dependencies --force-reinstall --ignore-installed -I --no-binary:V --only-binary:V --prefer-binary --no-warn-script-location " \
	"--disable-pip-version-check --no-input --quiet --verbose --no-compile --compile --no-build-isolation --use-pep517 --no-use-pep517 --require-hashes --no-index --isolated --break-system-packages --root-user-action:V --progress-bar:V --use-deprecated:V --use-feature:V --no-python-version-warning " \
	"-i:V --index-url:V --extra-index-url:V --trusted-host:V --default-timeout:V --timeout:V --retries:V --platform:V --python-version:V --implementation:V --abi:V --global-option:V --install-option:V --config-settings:V -f:T --find-links:T -t:X --target:X --prefix:X --exists-action:V --no-color --ignore-requires-python --log:W --process-dependency-links --allow-all-external --allow-unverified:V --proxy:V --no-clean "
#define PIP_VARIABLES \
	"PIP_NO_CACHE_DIR PIP_DISABLE_PIP_VERSION_CHECK PIP_DEFAULT_TIMEOUT PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_TRUSTED_HOST PIP_ROOT_USER_ACTION PIP_BREAK_SYSTEM_PACKAGES PIP_NO_COMPILE PIP_PROGRESS_BAR PIP_PREFER_BINARY PIP_CACHE_DIR PIP_VERSION PIP_NO_COLOR PIP_QUIET PIP_TIMEOUT PIP_RETRIES PIP_NO_WARN_SCRIPT_LOCATION PIP_NO_INPUT PIP_PYTHON_VERSION PIP_ONLY_BINARY PIP_NO_BINARY PIP_USE_* PIP_TARGET PIP_PREFIX !PIP_* PYTHON* VIRTUAL_ENV SETUPTOOLS_* !PYTHONSTARTUP "
#define PIP_READS "/etc/pip.conf? ~/.pip/? ~/.config/pip/? ~/.netrc? setup.cfg? ~/.pydistutils.cfg? $VIRTUAL_ENV/pip.conf?"
#define PIP_WRITES "/usr/local/lib/ /usr/local/bin/ /usr/local/share/ /usr/local/etc/ /usr/local/include/ /usr/local/man/ /usr/lib/ /usr/lib64/ /usr/bin/ /usr/share/ /usr/etc/ /opt/conda/ /opt/venv/ ~/.local/ ~/.cache/ ~/.config/ /tmp/ $VIRTUAL_ENV/ $PIP_CACHE_DIR/ $PIP_TARGET/ $PIP_PREFIX/"
#define POETRY_WRITES PIP_WRITES " .venv/ $POETRY_CACHE_DIR/ $POETRY_VIRTUALENVS_PATH/"
#define UV_WRITES PIP_WRITES " .venv/ $UV_CACHE_DIR/ $UV_PYTHON_INSTALL_DIR/ $UV_PROJECT_ENVIRONMENT/"
#define PIPENV_WRITES PIP_WRITES " .venv/ $PIPENV_CACHE_DIR/ $WORKON_HOME/"
#define PIP_RULE "pip install reads its requirement files and the configuration of pip"
#define PIP_ROW(words) { words, " -m " PIP_OPTIONS, PIP_READS, PIP_WRITES, PIP_VARIABLES, PIP_RULE, ANA_OPERANDS_NAMES, ANA_MANIFESTS_PIP, ANA_COMMAND_ANY_VARIABLE }
#define VENV_ROW(words) { words, " -m --system-site-packages --copies --clear --upgrade-deps --symlinks --without-pip --no-download -p:V --python:V -q ", "/etc/pip.conf?", "~/.local/ ~/.cache/ /tmp/", PIP_VARIABLES, NULL, ANA_OPERANDS_REMOVE, 0, 0 }

#define POETRY_VARIABLES PIP_VARIABLES "POETRY_NO_INTERACTION POETRY_VIRTUALENVS_* POETRY_HOME POETRY_VERSION POETRY_CACHE_DIR POETRY_INSTALLER_* POETRY_HTTP_* POETRY_PYPI_* POETRY_REPOSITORIES_* !POETRY_*"
#define UV_OPTIONS \
	" --no-install-project --no-install-workspace --frozen --locked --no-dev --dev --no-cache --no-editable --all-extras --extra:V --group:V --no-group:V --all-groups --no-default-groups --only-group:V --compile-bytecode --link-mode:V --quiet -q -v --verbose --no-progress --python:V -p:V --no-build --active --no-managed-python --managed-python --python-preference:V --no-python-downloads --inexact --default-index:V --index-strategy:V --index-url:V --no-install-package:V "
#define UV_VARIABLES PIP_VARIABLES "UV_COMPILE_BYTECODE UV_LINK_MODE UV_PYTHON_DOWNLOADS UV_PYTHON UV_PYTHON_PREFERENCE UV_PYTHON_INSTALL_DIR UV_CACHE_DIR UV_NO_CACHE UV_SYSTEM_PYTHON UV_HTTP_TIMEOUT UV_INDEX_URL UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_INDEX_STRATEGY UV_NO_PROGRESS UV_TOOL_BIN_DIR UV_TOOL_DIR UV_VERSION UV_NO_DEV UV_CONCURRENT_* UV_BREAK_SYSTEM_PACKAGES UV_NATIVE_TLS UV_NO_SYNC UV_PROJECT_ENVIRONMENT UV_FROZEN UV_LOCKED !UV_*"
#define PIPENV_OPTIONS " --system --deploy --dev -d --ignore-pipfile --clear --verbose -v --quiet -q --python:V --skip-lock --extra-pip-args:V --categories:V "
#define PIPENV_VARIABLES PIP_VARIABLES "PIPENV_VENV_IN_PROJECT PIPENV_YES PIPENV_NOSPIN PIPENV_HIDE_EMOJIS PIPENV_TIMEOUT PIPENV_CACHE_DIR PIPENV_VERBOSITY PIPENV_IGNORE_VIRTUALENVS PIPENV_INSTALL_TIMEOUT !PIPENV_* WORKON_HOME"
#define BUNDLE_READS ".bundle/? ~/.bundle/? .ruby-version? .tool-versions? ~/.gemrc? ~/.gem/? /usr/local/bundle/config? ~/.gitconfig? ~/.netrc? vendor/cache/?"
#define BUNDLE_WRITES ".bundle/ vendor/bundle/ /usr/local/bundle/ /usr/local/lib/ruby/ /usr/local/bin/ /var/lib/gems/ /usr/lib/ruby/ ~/.bundle/ ~/.gem/ ~/.local/ ~/.cache/ /tmp/ $GEM_HOME/ $BUNDLE_PATH/"
#define BUNDLE_VARIABLES "GEM_* BUNDLE_PATH BUNDLE_WITHOUT BUNDLE_WITH BUNDLE_DEPLOYMENT BUNDLE_JOBS BUNDLE_RETRY BUNDLE_APP_CONFIG BUNDLE_SILENCE_ROOT_WARNING BUNDLE_FROZEN BUNDLE_CLEAN BUNDLE_BIN BUNDLE_FORCE_RUBY_PLATFORM BUNDLE_VERSION BUNDLE_BUILD__* BUNDLE_GITHUB__* BUNDLE_NO_* BUNDLE_IGNORE_* BUNDLE_GLOBAL_GEM_CACHE !BUNDLE_* RUBY_* RAILS_* RACK_* MAKE* !RUBYOPT !RUBYLIB"
#define GO_VARIABLES "GO111MODULE GOPROXY GOPRIVATE GONOSUMDB GONOSUMCHECK GONOSUM* GOSUMDB GONOPROXY GOPATH GOMODCACHE GOTOOLCHAIN GOINSECURE GOAUTH GOOS GOARCH GOARM GOAMD64 GOCACHE GOROOT GOBIN GOLANG_VERSION CGO_* GIT_* GOTMPDIR CC CXX AR PKG_CONFIG* GOEXPERIMENT !GOFLAGS !GOWORK !GOENV "
#define GO_READS "~/.netrc? ~/.gitconfig? ~/.config/go/? ~/.ssh/? /etc/gitconfig?"
#define GO_WRITES "/go/pkg/ /go/bin/ ~/go/pkg/ ~/go/bin/ ~/.cache/ ~/.config/ /tmp/ /usr/local/go/pkg/ $GOPATH/pkg/ $GOPATH/bin/ $GOMODCACHE/ $GOCACHE/ $GOBIN/"

#define COMPOSER_VARIABLES "COMPOSER_ALLOW_SUPERUSER COMPOSER_NO_INTERACTION COMPOSER_MEMORY_LIMIT COMPOSER_PROCESS_TIMEOUT COMPOSER_AUTH COMPOSER_HOME COMPOSER_CACHE_DIR COMPOSER_VERSION COMPOSER_NO_DEV COMPOSER_DISABLE_XDEBUG_WARN COMPOSER_MAX_PARALLEL_HTTP COMPOSER_IPRESOLVE COMPOSER_DISABLE_NETWORK COMPOSER_ROOT_VERSION COMPOSER_HTACCESS_PROTECT COMPOSER_PREFER_* COMPOSER_FUND COMPOSER_NO_AUDIT COMPOSER_DISCARD_CHANGES !COMPOSER !COMPOSER_* !PHPRC !PHP_INI_SCAN_DIR"
#define COMPOSER_WRITES "~/.composer/ ~/.cache/ ~/.config/ ~/.local/ /tmp/ $COMPOSER_HOME/ $COMPOSER_CACHE_DIR/"
#define COMPOSER_READS "auth.json? ~/.composer/? ~/.config/composer/? /usr/local/etc/php/? /etc/php/? ~/.gitconfig? ~/.netrc? $COMPOSER_HOME/?"
#define MIX_VARIABLES "MIX_ENV MIX_TARGET MIX_HOME HEX_HOME MIX_DEBUG MIX_QUIET HEX_* ELIXIR_VERSION ERL_AFLAGS !MIX_* !ELIXIR_* !ERL_* "
#define MIX_WRITES "~/.mix/ ~/.hex/ ~/.cache/ /tmp/ $MIX_HOME/ $HEX_HOME/ "

#define GRADLE_OPTIONS \
	" -q --quiet -i --info -w --warn -d --debug -s --stacktrace -S --full-stacktrace -v --version --no-daemon --daemon --console:V --warning-mode:V --refresh-dependencies -P:V --project-prop:V " \
	"-D:V --system-prop:V -x:V --exclude-task:V --parallel --no-parallel --max-workers:V --continue --configure-on-demand --build-cache --no-build-cache --configuration-cache " \
	"--no-configuration-cache --rerun-tasks --priority:V -m --dry-run --offline --no-watch-fs --no-scan --configuration:V --gradle-version:V --distribution-type:V "
#define MAVEN_OPTIONS " -B -q -e -X -U -C -c -N -ntp -fn -fae -ff -nsu -am -amd --batch-mode --quiet --errors --no-transfer-progress --fail-never --fail-at-end --update-snapshots --non-recursive --also-make --show-version -V -D:V --define:V -P:V --activate-profiles:V -pl:V --projects:V -T:V --threads:V -s:R --settings:R -gs:R --color:V "
#define MAVEN_READS "~/.m2/? /usr/share/maven/conf/? ~/.mavenrc? /etc/mavenrc? /usr/local/etc/mavenrc?"
#define MAVEN_WRITES "~/.m2/ ~/.cache/ /tmp/ $MAVEN_CONFIG/"
#define MAVEN_VARIABLES "MAVEN_CONFIG MAVEN_HOME MAVEN_VERSION JAVA_HOME JAVA_VERSION !MAVEN_ARGS !MAVEN_OPTS !MAVEN_* !JAVA_TOOL_OPTIONS !JDK_JAVA_OPTIONS !_JAVA_OPTIONS !M2_HOME"

#define CARGO_OPTIONS " --locked --frozen -q --quiet -v --verbose --target:V --color:V "
#define CARGO_READS "~/.cargo/credentials? ~/.cargo/credentials.toml? ~/.cargo/env? ~/.rustup/settings.toml? $CARGO_HOME/credentials.toml? /usr/local/cargo/credentials.toml? ~/.gitconfig? ~/.netrc? ~/.ssh/? /etc/gitconfig?"
#define CARGO_WRITES "~/.cargo/ /usr/local/cargo/ ~/.rustup/ /usr/local/rustup/ ~/.cache/ /tmp/ $CARGO_HOME/ $RUSTUP_HOME/ $CARGO_TARGET_DIR/"
#define CARGO_VARIABLES \
	"!CARGO_HTTP_CAINFO CARGO_HOME CARGO_NET_* CARGO_HTTP_* CARGO_REGISTR* CARGO_TERM_* CARGO_INCREMENTAL CARGO_PROFILE_* CARGO_TARGET_DIR CARGO_BUILD_JOBS RUSTUP_* RUST_VERSION RUST_BACKTRACE RUST_LOG RUSTFLAGS CARGO_ENCODED_RUSTFLAGS GIT_* SSH_* !CARGO !CARGO_* !RUSTC !RUSTC_* !RUSTDOC"
#define RUSTUP_ROW(words, options) { words, options, CARGO_READS, CARGO_WRITES, "RUSTUP_* CARGO_HOME RUST_VERSION", "rustup reads the toolchain file", ANA_OPERANDS_SOME_NAMES, ANA_MANIFESTS_CARGO_HOME, 0 }

#define USER_READS "/etc/passwd? /etc/group? /etc/shadow? /etc/gshadow? /etc/subuid? /etc/subgid? /etc/login.defs? /etc/default/? /etc/skel/? /etc/adduser.conf? /etc/nsswitch.conf?"
#define USER_WRITES "/etc/passwd /etc/passwd- /etc/group /etc/group- /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/subuid /etc/subuid- /etc/subgid /etc/subgid- /etc/.pwd.lock /var/mail /var/spool/mail /var/log/lastlog /var/log/faillog /run/"
#define USER_OPTIONS \
	" -r -m -M -N -o -l -f:V -e:V -K:V -k:T -p:V -u:V --uid:V -g:V --gid:V -G:V --groups:V -s:V --shell:V -c:V --comment:V -b:V --base-dir:V -d:V --home-dir:V --home:V --system --create-home --no-create-home --no-user-group --user-group -U --non-unique --no-log-init --disabled-password --disabled-login --gecos:V --ingroup:V --quiet --password:V --force-badname --allow-bad-names --add-extra-groups --group --badname "
#define COPY_OPTIONS \
	" -a -r -R -f -i -n -p -v -u -L -P -H -d -l -s -T -x --recursive --archive --force --no-clobber --preserve --no-preserve --verbose --update --dereference --no-dereference --parents --no-target-directory --remove-destination --strip-trailing-slashes --reflink --sparse:V --backup -b -t:V --target-directory:V -h --one-file-system "
#define READ_OPTIONS " -a -b -c -d -e -f -g -h -i -l -m -n -o -p -q -r -s -t -u -v -w -x -z -A -B -C -E -F -G -H -L -N -P -R -S -T -U -V -X -1 --color -k:V "
#define DOWNLOAD_READS "/etc/ssl/? /usr/local/share/ca-certificates/? ~/.netrc? "
#define VARIABLE_OPTIONS " -x -g -a -r -i "

const char ana_command_aliases[] =
	" apt=apt-get yum=dnf microdnf=dnf tdnf=dnf gradlew=gradle pip2=pip pip3=pip python2=python python3=python gawk=awk mawk=awk gsed=sed ";

const char ana_command_variables[] =
	"PATH HOME USER LANG LANGUAGE LC_* TZ TMPDIR TMP TEMP TERM LD_* MALLOC_* POSIXLY_CORRECT SOURCE_DATE_EPOCH SHELL PWD "
	"http_proxy https_proxy ftp_proxy no_proxy all_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR";

const struct ana_command_row ana_command_table[] = {
	/* The shell. */
	{ ":", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "true", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "false", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "echo", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "printf", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "exit", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "pwd", " -P -L ", NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "umask", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "shift", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "break", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "continue", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "hash", " -r ", NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "set", " -e -u -x -v -E -h -o:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SET, 0, 0 },
	{ "cd", " -P -L ", NULL, NULL, NULL, NULL, ANA_OPERANDS_CD, 0, 0 },
	{ "export", VARIABLE_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_ASSIGN, 0, 0 },
	{ "readonly", VARIABLE_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_ASSIGN, 0, 0 },
	{ "local", VARIABLE_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_ASSIGN, 0, 0 },
	{ "unset", " -v ", NULL, NULL, NULL, NULL, ANA_OPERANDS_FORGET, 0, 0 },
	{ "read", " -r -s ", NULL, NULL, NULL, NULL, ANA_OPERANDS_FORGET, 0, 0 },
	{ ".", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_SOURCE, 0, 0 },
	{ "source", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_SOURCE, 0, 0 },
	{ "test", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_TEST, 0, 0 },
	{ "[", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_TEST, 0, 0 },
	{ "[[", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_TEST, 0, 0 },

	/* What the machine is. */
	{ "uname", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "arch", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "nproc", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "whoami", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "hostname", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "sleep", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "sync", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "basename", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "dirname", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "date", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "id", NULL, "/etc/passwd? /etc/group?", NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "getent", NULL, "/etc/?", NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "lsb_release", NULL, "/etc/?", NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "which", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "type", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },

	/* Files that are named. */
	{ "mkdir", " -p -v -m:V --parents --mode:V --verbose ", NULL, NULL, NULL, NULL, ANA_OPERANDS_MKDIR, 0, 0 },
	{ "touch", " -a -c -m -t:V -d:V --date:V -r:R ", NULL, NULL, NULL, NULL, ANA_OPERANDS_WRITE, 0, 0 },
	{ "rm", " -r -R -f -v -d --force --recursive --verbose ", NULL, NULL, NULL, NULL, ANA_OPERANDS_REMOVE, 0, 0 },
	{ "rmdir", " -p -v --ignore-fail-on-non-empty ", NULL, NULL, NULL, NULL, ANA_OPERANDS_REMOVE, 0, 0 },
	{ "unlink", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_REMOVE, 0, 0 },
	{ "mkfifo", " -m:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_WRITE, 0, 0 },
	{ "cp", COPY_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_COPY, 0, 0 },
	{ "mv", COPY_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_MOVE, 0, 0 },
	{ "ln", COPY_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_LINK, 0, 0 },
	{ "install -d", " -d -D -v -p -m:V -o:V -g:V --directory --mode:V --owner:V --group:V ", "/etc/passwd? /etc/group?", NULL, NULL, NULL, ANA_OPERANDS_MKDIR, 0, 0 },
	{ "install", " -D -v -p -c -s -T -m:V -o:V -g:V --mode:V --owner:V --group:V -t:V --target-directory:V ", "/etc/passwd? /etc/group?", NULL, NULL, NULL, ANA_OPERANDS_COPY, 0, 0 },
	{ "chmod", " -R -v -f -c --recursive --verbose --silent ", NULL, NULL, NULL, NULL, ANA_OPERANDS_TEXT_CHANGE, 0, 0 },
	{ "chown", " -R -v -f -c -h -L -H -P --recursive --verbose --silent --no-dereference --from:V ", "/etc/passwd? /etc/group?", NULL, NULL, NULL, ANA_OPERANDS_TEXT_CHANGE, 0, 0 },
	{ "chgrp", " -R -v -f -c -h --recursive --verbose --silent ", "/etc/group?", NULL, NULL, NULL, ANA_OPERANDS_TEXT_CHANGE, 0, 0 },
	{ "setcap", " -r -q -v ", NULL, NULL, NULL, NULL, ANA_OPERANDS_TEXT_CHANGE, 0, 0 },
	{ "cat", READ_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "ls", READ_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "stat", " -c:V -f -L -t --format:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "du", READ_OPTIONS, NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "head", " -n:V -c:V -q -1 ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "tail", " -n:V -c:V -q -1 ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "sort", " -u -r -n -h -V -b -f -t:V -k:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "wc", " -l -c -w -m ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "cut", " -d:V -f:V -c:V -b:V -s --delimiter:V --fields:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "tr", " -d -s -c --delete ", NULL, NULL, NULL, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "rev", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "tee", " -a -i --append ", NULL, NULL, NULL, NULL, ANA_OPERANDS_WRITE, 0, 0 },
	{ "grep -e", " -e:V -q -v -i -o -E -F -P -w -x -c -n -h -l -s -m:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "grep", " -q -v -i -o -E -F -P -w -x -c -n -h -l -s -m:V --quiet --only-matching --color -A:V -B:V -C:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_TEXT_READ, 0, 0 },
	{ "egrep", " -q -v -i -o -w -x -c -n -h -l -s -m:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_TEXT_READ, 0, 0 },
	{ "fgrep", " -q -v -i -o -w -x -c -n -h -l -s -m:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_TEXT_READ, 0, 0 },
	{ "sed", " -i -e:V -E -r -n -s -u -z --expression:V --in-place --regexp-extended --quiet --silent ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SED, 0, 0 },
	{ "awk", " -F:V -v:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_AWK, 0, 0 },
	{ "find", NULL, NULL, NULL, NULL, NULL, ANA_OPERANDS_FIND, 0, 0 },
	{ "readlink", " -f -e -m -n -q -s -v ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "realpath", " -e -m -s -q ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "strip", " -s -g -d -x -S -v --strip-all --strip-debug --strip-unneeded ", NULL, NULL, NULL, NULL, ANA_OPERANDS_REMOVE, 0, 0 },
	{ "base64", " -d -i -w:V --decode --wrap:V ", NULL, NULL, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "mktemp", " -d ", NULL, "/tmp/", NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "sha256sum", " -c -s -w --ignore-missing --check --status --strict --quiet ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SUM, 0, 0 },
	{ "sha512sum", " -c -s -w --ignore-missing --check --status --strict --quiet ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SUM, 0, 0 },
	{ "sha1sum", " -c -s -w --ignore-missing --check --status --strict --quiet ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SUM, 0, 0 },
	{ "md5sum", " -c -s -w --ignore-missing --check --status --strict --quiet ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SUM, 0, 0 },
	{ "shasum", " -c -s -a:V -w --check --status --strict --quiet ", NULL, NULL, NULL, NULL, ANA_OPERANDS_SUM, 0, 0 },

	/* Archives and downloads. */
	{ "tar", " -x -c -t -z -j -J -v -p -k -m -o -h -P -O -a -f:V -C:C --extract --create --get --list --gzip --xz --bzip2 --zstd --verbose --file:V --directory:C --strip:V --strip-components:V --strip-path:V --no-same-owner --no-same-permissions "
		"--same-owner --preserve-permissions --numeric-owner --owner:V --group:V --exclude:V --wildcards --overwrite --keep-old-files --skip-old-files --transform:V --xform:V --one-top-level --warning:V --no-overwrite-dir --absolute-names --touch ", "/etc/passwd? /etc/group?", NULL, "TAR_OPTIONS !TAR_OPTIONS", NULL, ANA_OPERANDS_TAR, 0, 0 },
	{ "unzip", " -q -o -n -j -d:V -v -l -u -C -x ", NULL, NULL, "!UNZIP", NULL, ANA_OPERANDS_UNZIP, 0, 0 },
	{ "curl", " -f -q -s -S -L -k -O -J -g -4 -6 -v -# -i -I -C:V -o:W --output:W -H:A --header:A -A:V --user-agent:V -e:V -u:V --user:V -x:V --proxy:V -X:V --request:V -d:A --data:A --data-raw:V --data-urlencode:A -F:A --form:A -m:V --max-time:V --connect-timeout:V "
		"--retry:V --retry-delay:V --retry-max-time:V --retry-connrefused --retry-all-errors --fail --silent --show-error --location --location-trusted --insecure --remote-name --remote-name-all --remote-header-name --create-dirs --compressed --progress-bar --no-progress-meter --tlsv1.2 --tlsv1 --tlsv1.3 --proto:V --proto-redir:V --ssl-reqd --http1.1 --http2 "
		"--globoff --output-dir:C --max-redirs:V --ciphers:V --speed-limit:V --speed-time:V --limit-rate:V --fail-with-body --ipv4 --head --include --verbose -w:A --write-out:A --url:V --cacert:R --capath:T --netrc -n --no-buffer -N --noproxy:V --interface:V --dns-servers:V -T:R --upload-file:R ", DOWNLOAD_READS "~/.curlrc?", NULL, "CURL_*", NULL, ANA_OPERANDS_CURL, 0, 0 },
	{ "wget", " -q -v -c -S -N -4 -6 -nv -nc -O:W -P:V -T:V -t:V -U:V --output-document:W --directory-prefix:V --quiet --no-verbose --verbose --no-check-certificate --progress:V --show-progress --no-cookies --no-cookie --header:V --tries:V --timeout:V --retry-connrefused --waitretry:V --read-timeout:V --dns-timeout:V --connect-timeout:V --content-disposition "
		"--https-only --secure-protocol:V --no-hsts --max-redirect:V --continue --no-proxy --no-clobber --no-verbose --user-agent:V --trust-server-names --timestamping --user:V --password:V --ca-certificate:R --auth-no-challenge --inet4-only --prefer-family:V --random-wait --no-dns-cache ", DOWNLOAD_READS "~/.wgetrc? /etc/wgetrc?", "~/.wget-hsts", "!WGETRC", NULL, ANA_OPERANDS_WGET, 0, 0 },
	{ "git clone", " -b:V -q -v -n -c:V --branch:V --depth:V --depth --recursive --recurse-submodules --shallow-submodules --single-branch --no-single-branch --no-tags --quiet --verbose --progress --no-checkout --filter:V --config:V --mirror --bare -j:V --jobs:V --shallow-since:V --sparse ", DOWNLOAD_READS "~/.gitconfig? ~/.ssh/? /etc/gitconfig? ~/.git-credentials? ~/.config/git/? /etc/ssh/?", "~/.ssh/known_hosts /tmp/", "!GIT_DIR !GIT_WORK_TREE !GIT_CONFIG* GIT_*", NULL, ANA_OPERANDS_CLONE, 0, 0 },
	{ "git config --global", " --global --add --replace-all --unset ", "~/.gitconfig? ~/.config/git/?", "~/.gitconfig ~/.config/git/", NULL, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "git config --system", " --system --add --replace-all --unset ", "/etc/gitconfig?", "/etc/gitconfig /usr/local/etc/gitconfig", NULL, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },

	/* Packages of distributions. */
	{ "apt-get update", APT_OPTIONS, SYSTEM_READS, "/var/ /tmp/ /run/ /etc/apt/", SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NONE, 0, 0 },
	{ "apt-get install", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "apt-get upgrade", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "apt-get dist-upgrade", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "apt-get full-upgrade", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "apt-get build-dep", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apt-get remove", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apt-get purge", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apt-get autoremove", APT_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apt-get clean", APT_OPTIONS, "/etc/apt/?", "/var/cache/apt/ /var/lib/apt/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "apt-get autoclean", APT_OPTIONS, "/etc/apt/?", "/var/cache/apt/ /var/lib/apt/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "apt-mark", " -q -qq ", "/var/lib/?", "/var/lib/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apt-key", NULL, "/etc/apt/?", "/etc/apt/ /tmp/ ~/.gnupg/ /run/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_KEYS, 0, 0 },
	{ "add-apt-repository", " -y -u -n --yes --update --no-update ", SYSTEM_READS, "/etc/apt/ /var/lib/ /tmp/ ~/.gnupg/ /usr/share/keyrings/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "dpkg", " -i --install --force-all --force-overwrite --force-depends --unpack --configure -E -G ", SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "dpkg --add-architecture", " --add-architecture ", "/var/lib/dpkg/?", "/var/lib/dpkg/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg --print-architecture", " --print-architecture ", "/var/lib/dpkg/? /etc/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "dpkg -l", " -l ", "/var/lib/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg --list", " --list ", "/var/lib/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg -s", " -s ", "/var/lib/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg -L", " -L ", "/var/lib/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg --version", " --version ", NULL, NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "dpkg-query", " -W -l -s -L -f:V --show --list --status --listfiles --showformat:V ", "/var/lib/dpkg/?", NULL, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "gpg --dearmor", " --dearmor" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "gpg --import", " --import" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "gpg --verify", " --verify" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "gpg --show-keys", " --show-keys --with-fingerprint" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "gpg --recv-keys", " --recv-keys" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "gpg --recv-key", " --recv-key" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "gpg --recv", " --recv" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "gpg --export", " --export" GPG_OPTIONS, GPG_READS, GPG_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dpkg-reconfigure", " -f:V --frontend:V -p:V ", SYSTEM_READS, SYSTEM_WRITES, SYSTEM_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "debconf-set-selections", NULL, "/etc/? /var/?", "/var/cache/debconf/", SYSTEM_VARIABLES, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "apk add", APK_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "apk del", APK_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apk update", APK_OPTIONS, SYSTEM_READS, "/var/ /lib/apk/ /etc/apk/ /tmp/", NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NONE, 0, 0 },
	{ "apk upgrade", APK_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "apk info", " -e -v -q ", "/lib/apk/? /etc/apk/?", NULL, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dnf groupinstall", DNF_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dnf makecache", DNF_OPTIONS, SYSTEM_READS, "/var/ /tmp/", NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dnf install", DNF_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "dnf update", DNF_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "dnf upgrade", DNF_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_PACKAGES, 0, 0 },
	{ "dnf remove", DNF_OPTIONS, SYSTEM_READS, SYSTEM_WRITES, NULL, "the package manager" SYSTEM_RULE, ANA_OPERANDS_NAMES, 0, 0 },
	{ "dnf clean", DNF_OPTIONS, "/etc/?", "/var/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "rpm", " -i -v -h -U -F -q -a --import --quiet --nodeps --force -E:V -e ", SYSTEM_READS, SYSTEM_WRITES, NULL, NULL, ANA_OPERANDS_PACKAGES, 0, 0 },

	/* Users and settings of the system. */
	{ "useradd", USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_USER, 0, 0 },
	{ "adduser", " -S -D -H -h:V -G:V -g:V " USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_USER, 0, 0 },
	{ "groupadd", " -S " USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "addgroup", " -S " USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "usermod", " -a -L --append " USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "groupmod", " -n:V " USER_OPTIONS, USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "gpasswd", " -a:V -d:V ", USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "chpasswd", " -e ", USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "passwd", " -d -l -u ", USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "deluser", " --quiet ", USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "delgroup", " --quiet ", USER_READS, USER_WRITES, NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "ldconfig", " -v ", "/etc/ld.so.conf? /etc/ld.so.conf.d/? /lib/? /usr/lib/? /usr/local/lib/?", "/etc/ld.so.cache /var/cache/ldconfig/ /lib/ /usr/lib/ /usr/local/lib/", NULL, NULL, ANA_OPERANDS_READ, 0, 0 },
	{ "update-ca-certificates", " -f -v --fresh --verbose ", "/etc/ca-certificates.conf? /etc/ca-certificates/? /usr/local/share/ca-certificates/? /usr/share/ca-certificates/?", "/etc/ssl/ /etc/ca-certificates/ /tmp/", NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "update-ca-trust", NULL, "/etc/pki/? /usr/share/pki/?", "/etc/pki/", NULL, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "update-alternatives", " --install --set --auto --remove --force --quiet ", "/etc/alternatives/? /var/lib/?", "/etc/alternatives/ /var/lib/ /usr/bin/ /bin/ /usr/sbin/ /usr/share/ /usr/lib/ /usr/local/bin/ /var/log/", NULL, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "locale-gen", " --purge --no-purge ", "/etc/locale.gen? /usr/share/i18n/? /etc/default/? /usr/local/share/i18n/? /var/lib/locales/?", "/etc/locale.gen /usr/lib/locale/ /var/lib/locales/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "localedef", " -i:V -c -f:V -A:V -v --quiet --force --no-archive ", "/usr/share/i18n/? /usr/share/locale/?", "/usr/lib/locale/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "update-locale", NULL, "/etc/default/? /etc/locale.conf?", "/etc/default/ /etc/locale.conf", NULL, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "fc-cache", " -f -v -r -s ", "/usr/share/fonts/? /usr/local/share/fonts/? /etc/fonts/? ~/.fonts/? ~/.local/share/fonts/?", "/var/cache/fontconfig/ ~/.cache/", NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "a2enmod", " -q ", "/etc/apache2/?", "/etc/apache2/ /var/lib/apache2/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "a2dismod", " -q -f ", "/etc/apache2/?", "/etc/apache2/ /var/lib/apache2/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "a2ensite", " -q ", "/etc/apache2/?", "/etc/apache2/ /var/lib/apache2/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "a2dissite", " -q ", "/etc/apache2/?", "/etc/apache2/ /var/lib/apache2/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "a2enconf", " -q ", "/etc/apache2/?", "/etc/apache2/ /var/lib/apache2/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "docker-php-ext-install", " -j:V ", "/usr/src/php/? /usr/src/php.tar.xz? /usr/local/etc/php/? /etc/?", SYSTEM_WRITES " /usr/local/ /usr/src/", NULL, "docker-php-ext-install reads the sources of PHP", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "docker-php-ext-configure", NULL, "/usr/src/php/? /usr/src/php.tar.xz? /etc/?", "/usr/src/ /tmp/", NULL, NULL, ANA_OPERANDS_ANY, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "docker-php-ext-enable", NULL, "/usr/local/lib/? /usr/local/etc/php/?", "/usr/local/etc/php/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "docker-php-source", NULL, "/usr/src/php.tar.xz?", "/usr/src/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "pecl install", " -o -f --force --onlyreqdeps ", "/usr/local/etc/? ~/.pearrc?", "/usr/local/lib/ /usr/local/include/ /usr/local/share/ /usr/lib/ /usr/share/ /tmp/ /usr/local/etc/ /var/", NULL, "pecl install reads nothing of the project", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "pecl channel-update", NULL, NULL, "/usr/local/lib/ /tmp/ /usr/share/", NULL, NULL, ANA_OPERANDS_NAMES, 0, 0 },

	/* Node. */
	{ "npm ci", NPM_OPTIONS, NPM_READS, NPM_WRITES, NPM_VARIABLES, "npm ci reads package.json, its lock file and .npmrc", ANA_OPERANDS_NONE, ANA_MANIFESTS_NPM, ANA_COMMAND_ANY_VARIABLE },
	{ "npm clean-install", NPM_OPTIONS, NPM_READS, NPM_WRITES, NPM_VARIABLES, "npm ci reads package.json, its lock file and .npmrc", ANA_OPERANDS_NONE, ANA_MANIFESTS_NPM, ANA_COMMAND_ANY_VARIABLE },
	{ "npm install", NPM_OPTIONS, NPM_READS " node_modules/?", NPM_WRITES "package.json package-lock.json npm-shrinkwrap.json yarn.lock", NPM_VARIABLES, "npm install reads package.json, its lock file and .npmrc, and may change the lock file", ANA_OPERANDS_NAMES, ANA_MANIFESTS_NPM, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "npm i", NPM_OPTIONS, NPM_READS " node_modules/?", NPM_WRITES "package.json package-lock.json npm-shrinkwrap.json yarn.lock", NPM_VARIABLES, "npm install reads package.json, its lock file and .npmrc, and may change the lock file", ANA_OPERANDS_NAMES, ANA_MANIFESTS_NPM, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "npm install -g", " -g " NPM_OPTIONS, "~/.npmrc? /usr/local/etc/npmrc? .npmrc?", NPM_GLOBAL, NPM_VARIABLES, "npm install -g reads .npmrc", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "npm i -g", " -g " NPM_OPTIONS, "~/.npmrc? /usr/local/etc/npmrc? .npmrc?", NPM_GLOBAL, NPM_VARIABLES, "npm install -g reads .npmrc", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "npm install --global", " --global " NPM_OPTIONS, "~/.npmrc? /usr/local/etc/npmrc? .npmrc?", NPM_GLOBAL, NPM_VARIABLES, "npm install -g reads .npmrc", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "npm i --global", " --global " NPM_OPTIONS, "~/.npmrc? /usr/local/etc/npmrc? .npmrc?", NPM_GLOBAL, NPM_VARIABLES, "npm install -g reads .npmrc", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "npm cache clean", " -f --force ", ".npmrc? ~/.npmrc?", "~/.npm/ $NPM_CONFIG_CACHE/ $npm_config_cache/", NPM_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "npm config set", " -g --global --location:V ", ".npmrc? ~/.npmrc? /usr/local/etc/npmrc?", "~/.npmrc /usr/local/etc/npmrc /usr/etc/npmrc", NPM_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "npm set", " -g --global ", ".npmrc? ~/.npmrc? /usr/local/etc/npmrc?", "~/.npmrc /usr/local/etc/npmrc /usr/etc/npmrc", NPM_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "yarn", YARN_OPTIONS, YARN_READS, YARN_WRITES " yarn.lock", YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "yarn --frozen-lockfile", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn --immutable", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn --pure-lockfile", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn install", YARN_OPTIONS, YARN_READS, YARN_WRITES " yarn.lock", YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "yarn install --frozen-lockfile", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn install --immutable", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn install --pure-lockfile", YARN_OPTIONS, YARN_READS, YARN_WRITES, YARN_VARIABLES, "yarn install reads package.json, yarn.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE },
	{ "yarn workspaces focus", " --production --all -A --json ", YARN_READS, YARN_WRITES " yarn.lock", YARN_VARIABLES, "yarn workspaces focus reads package.json, yarn.lock and its configuration, and may change the lock file", ANA_OPERANDS_NAMES, ANA_MANIFESTS_YARN, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "yarn cache clean", " --all --mirror ", ".yarnrc? .yarnrc.yml? ~/.yarnrc?", "~/.cache/ /usr/local/share/.cache/ ~/.yarn/ .yarn/cache/ $YARN_CACHE_FOLDER/", YARN_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "yarn config set", " -g ", ".yarnrc? ~/.yarnrc? .yarnrc.yml?", "~/.yarnrc .yarnrc.yml /usr/local/share/.yarnrc", YARN_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "yarn global add", " --prefix:X --silent --non-interactive --no-progress --network-timeout:V --exact ", ".npmrc? ~/.npmrc? .yarnrc? ~/.yarnrc? .yarnrc.yml?", "/usr/local/share/ /usr/local/bin/ ~/.config/ ~/.yarn/ ~/.cache/ ~/.npm/ /tmp/ ~/.yarnrc", YARN_VARIABLES, "yarn global add reads its configuration", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "pnpm install", PNPM_OPTIONS, PNPM_READS, PNPM_WRITES " pnpm-lock.yaml package.json", PNPM_VARIABLES, "pnpm install reads package.json, its lock file and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_PNPM, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "pnpm i", PNPM_OPTIONS, PNPM_READS, PNPM_WRITES " pnpm-lock.yaml package.json", PNPM_VARIABLES, "pnpm install reads package.json, its lock file and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_PNPM, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "pnpm install --frozen-lockfile", PNPM_OPTIONS, PNPM_READS, PNPM_WRITES, PNPM_VARIABLES, "pnpm install reads package.json, its lock file and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_PNPM, ANA_COMMAND_ANY_VARIABLE },
	{ "pnpm i --frozen-lockfile", PNPM_OPTIONS, PNPM_READS, PNPM_WRITES, PNPM_VARIABLES, "pnpm install reads package.json, its lock file and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_PNPM, ANA_COMMAND_ANY_VARIABLE },
	{ "pnpm fetch", PNPM_OPTIONS, PNPM_READS " package.json?", PNPM_WRITES, PNPM_VARIABLES, "pnpm fetch reads the lock file and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_PNPM_FETCH, 0 },
	{ "bun install", " --frozen-lockfile --production -p --ignore-scripts --no-save --no-cache --silent --verbose --no-progress ", "bun.lock? bun.lockb? .npmrc? ~/.npmrc? bunfig.toml? ~/.bunfig.toml? node_modules/?", "node_modules/ bun.lock bun.lockb ~/.bun/ ~/.cache/ /tmp/", "NODE_ENV BUN_* !NODE_OPTIONS !BUN_OPTIONS !npm_config_* !NPM_CONFIG_*", "bun install reads package.json, its lock file and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_BUN, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "bun install --frozen-lockfile", " --frozen-lockfile --production -p --ignore-scripts --no-save --no-cache --silent --verbose --no-progress ", "bun.lock? bun.lockb? .npmrc? ~/.npmrc? bunfig.toml? ~/.bunfig.toml? node_modules/?", "node_modules/ ~/.bun/ ~/.cache/ /tmp/", "NODE_ENV BUN_* !NODE_OPTIONS !BUN_OPTIONS !npm_config_* !NPM_CONFIG_*", "bun install reads package.json, its lock file and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_BUN, ANA_COMMAND_ANY_VARIABLE },
	{ "corepack enable", " --install-directory:X ", NULL, "/usr/local/bin/ /usr/bin/ ~/.cache/ ~/.local/", "COREPACK_*", NULL, ANA_OPERANDS_NAMES, 0, 0 },
	{ "corepack prepare", " --activate ", NULL, "/usr/local/bin/ ~/.cache/ ~/.local/ /tmp/ $COREPACK_HOME/", "COREPACK_*", NULL, ANA_OPERANDS_SOME_NAMES, 0, 0 },
	{ "node --version", " --version -v ", NULL, NULL, "!NODE_OPTIONS", NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "npm --version", " --version -v ", NULL, NULL, "!NODE_OPTIONS", NULL, ANA_OPERANDS_NONE, 0, 0 },

	/* Python. */
	PIP_ROW("pip install"), PIP_ROW("python -m pip install"),
	VENV_ROW("python -m venv"), VENV_ROW("virtualenv"),
	{ "pip --version", " --version ", NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "python --version", " --version ", NULL, NULL, NULL, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "pip config set", " --global --user ", PIP_READS, "/etc/pip.conf ~/.config/pip/ ~/.pip/", PIP_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },
	{ "pip cache purge", NULL, NULL, "~/.cache/", PIP_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },

	{ "poetry install", " --no-root --no-directory --no-interaction -n --no-ansi --no-dev --no-cache --only:V --only-root --without:V --with:V -E:V --extras:V --all-extras --sync --compile --quiet -q -v --verbose --no-plugins --all-groups ", PIP_READS " ~/.config/pypoetry/?", POETRY_WRITES, POETRY_VARIABLES, "poetry install reads pyproject.toml and poetry.lock", ANA_OPERANDS_NONE, ANA_MANIFESTS_POETRY, ANA_COMMAND_ANY_VARIABLE },
	{ "poetry config", NULL, "~/.config/pypoetry/? poetry.toml?", "~/.config/pypoetry/ poetry.toml", POETRY_VARIABLES, NULL, ANA_OPERANDS_ANY, 0, 0 },
	{ "uv sync", UV_OPTIONS, PIP_READS " ~/.config/uv/?", UV_WRITES " uv.lock", UV_VARIABLES, "uv sync reads pyproject.toml, uv.lock and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_UV, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "uv sync --frozen", UV_OPTIONS, PIP_READS " ~/.config/uv/?", UV_WRITES, UV_VARIABLES, "uv sync reads pyproject.toml, uv.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_UV, ANA_COMMAND_ANY_VARIABLE },
	{ "uv sync --locked", UV_OPTIONS, PIP_READS " ~/.config/uv/?", UV_WRITES, UV_VARIABLES, "uv sync reads pyproject.toml, uv.lock and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_UV, ANA_COMMAND_ANY_VARIABLE },
	{ "uv pip install", " --system --no-cache --compile-bytecode --link-mode:V --index-strategy:V --strict --no-build -p:V --python:V --reinstall --no-build-isolation " PIP_OPTIONS, PIP_READS " ~/.config/uv/? uv.toml? pyproject.toml? .python-version?", UV_WRITES, UV_VARIABLES, "uv pip install reads its requirement files and its configuration", ANA_OPERANDS_NAMES, ANA_MANIFESTS_PIP, ANA_COMMAND_ANY_VARIABLE },
	{ "uv venv", " -p:V --python:V --seed --no-project --system-site-packages --clear --allow-existing -q --relocatable ", "uv.toml? pyproject.toml? .python-version? ~/.config/uv/?", ".venv/ ~/.cache/ ~/.local/ /tmp/ $UV_CACHE_DIR/ $UV_PYTHON_INSTALL_DIR/ $UV_PROJECT_ENVIRONMENT/", UV_VARIABLES, NULL, ANA_OPERANDS_REMOVE, 0, 0 },
	{ "uv tool install", " -p:V --python:V --with:V -q --force --no-cache ", "~/.config/uv/?", "~/.local/ ~/.cache/ /tmp/ $UV_TOOL_DIR/ $UV_TOOL_BIN_DIR/ $UV_CACHE_DIR/ $UV_PYTHON_INSTALL_DIR/", UV_VARIABLES, NULL, ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "pipenv sync", PIPENV_OPTIONS, PIP_READS, PIPENV_WRITES, PIPENV_VARIABLES, "pipenv reads Pipfile and Pipfile.lock", ANA_OPERANDS_NONE, ANA_MANIFESTS_PIPENV, ANA_COMMAND_ANY_VARIABLE },
	{ "pipenv install", PIPENV_OPTIONS, PIP_READS, PIPENV_WRITES " Pipfile Pipfile.lock", PIPENV_VARIABLES, "pipenv reads Pipfile and Pipfile.lock, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_PIPENV, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "pipenv install --deploy", PIPENV_OPTIONS, PIP_READS, PIPENV_WRITES, PIPENV_VARIABLES, "pipenv reads Pipfile and Pipfile.lock", ANA_OPERANDS_NONE, ANA_MANIFESTS_PIPENV, ANA_COMMAND_ANY_VARIABLE },
	{ "pdm sync", " --prod --production --no-self --no-editable --no-lock -G:V --group:V --no-default -d --dev -v -q --frozen-lockfile --check ", PIP_READS " ~/.config/pdm/?", PIP_WRITES " .venv/ __pypackages__/ .pdm-python", "PDM_CHECK_UPDATE !PDM_*", "pdm reads pyproject.toml and pdm.lock", ANA_OPERANDS_NONE, ANA_MANIFESTS_PDM, ANA_COMMAND_ANY_VARIABLE },

	/* Ruby. */
	{ "bundle install", " -j:V --jobs:V --retry:V --without:V --with:V --path:X --deployment --frozen --no-cache --quiet --system --full-index --clean --no-prune --verbose --local --standalone ", BUNDLE_READS, BUNDLE_WRITES " Gemfile.lock", BUNDLE_VARIABLES, "bundle install reads Gemfile, Gemfile.lock and .bundle/config, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_BUNDLE, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "bundle", " -j:V --jobs:V --retry:V --without:V ", BUNDLE_READS, BUNDLE_WRITES " Gemfile.lock", BUNDLE_VARIABLES, "bundle install reads Gemfile, Gemfile.lock and .bundle/config, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_BUNDLE, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "bundle config", " --global --local --delete ", BUNDLE_READS, ".bundle/ ~/.bundle/ /usr/local/bundle/config $BUNDLE_APP_CONFIG/", BUNDLE_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },

	/* Go. */
	{ "go mod download", " -x -json ", GO_READS, GO_WRITES, GO_VARIABLES, "go mod download reads go.mod and go.sum", ANA_OPERANDS_NONE, ANA_MANIFESTS_GO, 0 },
	{ "go install", " -v -x -a -trimpath -ldflags:V -tags:V -p:V ", GO_READS, GO_WRITES, GO_VARIABLES, "go install of a version reads nothing of the project", ANA_OPERANDS_VERSIONS, 0, ANA_COMMAND_ANY_VARIABLE },
	{ "go version", NULL, NULL, NULL, GO_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },
	{ "go env", " -w ", GO_READS, "~/.config/go/", GO_VARIABLES, NULL, ANA_OPERANDS_ANY_BUT_OPTIONS, 0, 0 },

	/* PHP. */
	{ "composer install", " --no-scripts --no-autoloader --no-dev --dev --no-interaction -n --prefer-dist --prefer-source --prefer-install:V --no-progress --no-suggest --no-plugins -o --optimize-autoloader -a --classmap-authoritative --apcu-autoloader --ansi --no-ansi -q --quiet -v --verbose --ignore-platform-reqs --ignore-platform-req:V --no-cache --audit -d:C --working-dir:C --profile ", COMPOSER_READS " vendor/?", COMPOSER_WRITES " vendor/", COMPOSER_VARIABLES, "composer install reads composer.json, its lock file and auth.json", ANA_OPERANDS_NONE, ANA_MANIFESTS_COMPOSER, ANA_COMMAND_ANY_VARIABLE },
	{ "composer clear-cache", " -n -q --no-interaction --quiet ", COMPOSER_READS " composer.json?", COMPOSER_WRITES, COMPOSER_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },

	/* Elixir. */
	{ "mix deps.get", " --only:V --no-archives-check ", "config/? ~/.mix/? ~/.hex/? deps/?", MIX_WRITES "deps/ _build/ mix.lock", MIX_VARIABLES, "mix deps.get reads mix.exs, mix.lock and config, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_MIX, ANA_COMMAND_ANY_VARIABLE | ANA_COMMAND_REWRITES },
	{ "mix deps.get --check-locked", " --check-locked --only:V --no-archives-check ", "config/? ~/.mix/? ~/.hex/? deps/?", MIX_WRITES "deps/ _build/", MIX_VARIABLES, "mix deps.get reads mix.exs, mix.lock and config", ANA_OPERANDS_NONE, ANA_MANIFESTS_MIX, ANA_COMMAND_ANY_VARIABLE },
	{ "mix local.hex", " --force --if-missing ", "~/.mix/? ~/.hex/?", MIX_WRITES, MIX_VARIABLES, "mix reads mix.exs where there is one", ANA_OPERANDS_NAMES, ANA_MANIFESTS_MIX_LOCAL, ANA_COMMAND_ANY_VARIABLE },
	{ "mix local.rebar", " --force --if-missing ", "~/.mix/? ~/.hex/?", MIX_WRITES, MIX_VARIABLES, "mix reads mix.exs where there is one", ANA_OPERANDS_NONE, ANA_MANIFESTS_MIX_LOCAL, ANA_COMMAND_ANY_VARIABLE },

	/* .NET. */
	{ "dotnet restore", " -r:V --runtime:V --locked-mode --no-cache --no-http-cache --force -f -v:V --verbosity:V --disable-parallel --ignore-failed-sources --use-lock-file --no-dependencies -a:V --arch:V --os:V --configfile:R --packages:X -s:V --source:V -p:V --property:V --nologo -nologo -nowarn:N -noWarn:N -warnaserror:N -verbosity:N -property:N --interactive --tl:V ", "~/.nuget/? ~/.config/NuGet/? ~/.dotnet/? /etc/opt/NuGet/? $NUGET_PACKAGES/? $DOTNET_CLI_HOME/?", "~/.nuget/ ~/.local/ ~/.config/ ~/.dotnet/ ~/.templateengine/ /tmp/ $NUGET_PACKAGES/ $NUGET_HTTP_CACHE_PATH/ $DOTNET_CLI_HOME/", "NUGET_PACKAGES NUGET_HTTP_CACHE_PATH DOTNET_* NUGET_* !RestoreSources !RestorePackagesPath !RestoreConfigFile !BaseIntermediateOutputPath !MSBuildProjectExtensionsPath !MSBUILD* !MSBuild* !Directory* !CustomBefore* !CustomAfter* !NuGet*", "dotnet restore reads projects and those they refer to, Directory.*.props, lock files and NuGet.Config", ANA_OPERANDS_ANY_BUT_OPTIONS, ANA_MANIFESTS_DOTNET, ANA_COMMAND_ANY_VARIABLE },
	{ "dotnet --version", " --version ", "global.json?", "~/.dotnet/ ~/.nuget/ ~/.local/ ~/.templateengine/ /tmp/", "DOTNET_*", NULL, ANA_OPERANDS_NONE, 0, 0 },

	/* Java. */
	{ "gradle", GRADLE_OPTIONS, "~/.gradle/? ~/.m2/? $GRADLE_USER_HOME/?", "~/.gradle/ ~/.kotlin/ ~/.java/ ~/.cache/ /tmp/ $GRADLE_USER_HOME/", "GRADLE_HOME GRADLE_VERSION GRADLE_USER_HOME JAVA_HOME JAVA_VERSION !GRADLE_OPTS !JAVA_OPTS !JAVA_TOOL_OPTIONS !JDK_JAVA_OPTIONS !_JAVA_OPTIONS", "gradle reads settings, build files of all projects, code of plugins, properties, gradle/ and lock files", ANA_OPERANDS_ANY_BUT_OPTIONS, ANA_MANIFESTS_GRADLE, ANA_COMMAND_ANY_VARIABLE },
	{ "mvn dependency:go-offline", MAVEN_OPTIONS, MAVEN_READS, MAVEN_WRITES, MAVEN_VARIABLES, "mvn dependency:go-offline reads pom.xml, its modules and parents, and .mvn", ANA_OPERANDS_ANY_BUT_OPTIONS, ANA_MANIFESTS_MAVEN, ANA_COMMAND_ANY_VARIABLE },
	{ "mvn dependency:resolve", MAVEN_OPTIONS, MAVEN_READS, MAVEN_WRITES, MAVEN_VARIABLES, "mvn dependency:resolve reads pom.xml, its modules and parents, and .mvn", ANA_OPERANDS_ANY_BUT_OPTIONS, ANA_MANIFESTS_MAVEN, ANA_COMMAND_ANY_VARIABLE },
	{ "mvn dependency:resolve-plugins", MAVEN_OPTIONS, MAVEN_READS, MAVEN_WRITES, MAVEN_VARIABLES, "mvn dependency:resolve-plugins reads pom.xml, its modules and parents, and .mvn", ANA_OPERANDS_ANY_BUT_OPTIONS, ANA_MANIFESTS_MAVEN, ANA_COMMAND_ANY_VARIABLE },
	{ "mvn --version", " --version -v ", ".mvn/?", NULL, MAVEN_VARIABLES, NULL, ANA_OPERANDS_NONE, 0, 0 },

	/* Rust. */
	{ "cargo fetch", CARGO_OPTIONS, CARGO_READS, CARGO_WRITES, CARGO_VARIABLES, "cargo fetch reads Cargo.toml of the workspace, Cargo.lock, whether there are sources, and its configuration, and may change the lock file", ANA_OPERANDS_NONE, ANA_MANIFESTS_CARGO, ANA_COMMAND_REWRITES },
	{ "cargo fetch --locked", CARGO_OPTIONS, CARGO_READS, CARGO_WRITES, CARGO_VARIABLES, "cargo fetch reads Cargo.toml of the workspace, Cargo.lock, whether there are sources, and its configuration", ANA_OPERANDS_NONE, ANA_MANIFESTS_CARGO, 0 },
	{ "cargo install", CARGO_OPTIONS "--force -f --version:V --vers:V --root:X --features:V -F:V --no-default-features --all-features --bin:V --bins --profile:V --debug -j:V --jobs:V --no-track ", CARGO_READS, CARGO_WRITES, CARGO_VARIABLES, "cargo install of a package reads its configuration", ANA_OPERANDS_SOME_NAMES, ANA_MANIFESTS_CARGO_HOME, ANA_COMMAND_ANY_VARIABLE },
	RUSTUP_ROW("rustup component add", " --toolchain:V --target:V -q --quiet "),
	RUSTUP_ROW("rustup target add", " --toolchain:V -q --quiet "),
	RUSTUP_ROW("rustup toolchain install", " --profile:V -c:V --component:V -t:V --target:V --no-self-update -q --quiet "),

	/* Others that install by name. */
	{ "gem install", " -v:V -N --version:V --no-document --no-rdoc --no-ri --force --conservative --source:V --quiet --silent --verbose -q --minimal-deps --user-install --bindir:X --install-dir:X ", "~/.gemrc? /etc/gemrc? ~/.gem/?", "/usr/local/bundle/ /usr/local/lib/ruby/ /usr/local/bin/ /var/lib/gems/ /usr/lib/ruby/ /usr/bin/ /usr/share/ ~/.gem/ ~/.local/ ~/.cache/ /tmp/ $GEM_HOME/", "GEM_* BUNDLE_* RUBY* !RUBYOPT !RUBYLIB", "gem install reads .gemrc", ANA_OPERANDS_NAMES, 0, ANA_COMMAND_ANY_VARIABLE },
	{ NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 },
};
