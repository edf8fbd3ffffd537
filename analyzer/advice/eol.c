#include "analyzer/advice/eol.h"

#include <ctype.h>
#include <stdio.h>

// clang-format off
/** One product: repositories between blanks, versions "VERSION:YYYYMMDD" between blanks, the longest that fits counts. */
static const struct product {
	const char *repositories, *name, *versions, *source;
} products[] = {
	{ " debian ", "Debian",
	  "6:20160229 7:20180531 8:20200630 9:20220630 10:20240630 11:20260831 12:20280630 13:20300630 wheezy:20180531 "
	  "jessie:20200630 stretch:20220630 buster:20240630 bullseye:20260831 bookworm:20280630 trixie:20300630 ",
	  "https://wiki.debian.org/LTS" },
	{ " ubuntu ", "Ubuntu",
	  "12.04:20170428 13.10:20140717 14.04:20190425 14.10:20150723 15.04:20160204 15.10:20160728 16.04:20210430 "
	  "16.10:20170720 17.04:20180113 17.10:20180719 18.04:20230531 18.10:20190718 19.04:20200123 19.10:20200717 "
	  "20.04:20250531 20.10:20210722 21.04:20220120 21.10:20220714 22.04:20270430 22.10:20230720 23.04:20240125 "
	  "23.10:20240712 24.04:20290531 24.10:20250710 25.04:20260117 25.10:20260701 26.04:20310430 precise:20170428 "
	  "trusty:20190425 xenial:20210430 bionic:20230531 focal:20250531 jammy:20270430 noble:20290531 resolute:20310430 ",
	  "https://ubuntu.com/about/release-cycle" },
	{ " alpine ", "Alpine",
	  "2.6:20150501 2.7:20151101 3.0:20160501 3.1:20161101 3.2:20170501 3.3:20171101 3.4:20180501 3.5:20181101 3.6:20190501 "
	  "3.7:20191101 3.8:20200501 3.9:20201101 3.10:20210501 3.11:20211101 3.12:20220501 3.13:20221101 3.14:20230501 "
	  "3.15:20231101 3.16:20240523 3.17:20241122 3.18:20250509 3.19:20251101 3.20:20260401 3.21:20261101 3.22:20270501 "
	  "3.23:20271101 3.24:20280601 ",
	  "https://alpinelinux.org/releases/" },
	{ " node ", "Node.js",
	  "0:20161231 4:20180430 5:20160630 6:20190430 7:20170630 8:20191231 9:20180630 10:20210430 11:20190630 12:20220430 "
	  "13:20200601 14:20230430 15:20210601 16:20230911 17:20220601 18:20250430 19:20230601 20:20260430 21:20240601 "
	  "22:20270430 23:20250601 24:20280430 25:20260601 26:20290430 argon:20180430 boron:20190430 carbon:20191231 "
	  "dubnium:20210430 erbium:20220430 fermium:20230430 gallium:20230911 hydrogen:20250430 iron:20260430 jod:20270430 "
	  "krypton:20280430 ",
	  "https://github.com/nodejs/release" },
	{ " python ", "Python",
	  "2:20200101 2.7:20200101 3.2:20160220 3.3:20170929 3.4:20190318 3.5:20200930 3.6:20211223 3.7:20230627 3.8:20241007 "
	  "3.9:20251031 3.10:20261031 3.11:20271031 3.12:20281031 3.13:20291031 3.14:20301031 ",
	  "https://devguide.python.org/versions/" },
	{ " golang ", "Go",
	  "1.4:20160217 1.5:20160815 1.6:20170216 1.7:20170824 1.8:20180216 1.9:20180824 1.10:20190225 1.11:20190903 "
	  "1.12:20200225 1.13:20200811 1.14:20210216 1.15:20210816 1.16:20220315 1.17:20220802 1.18:20230201 1.19:20230906 "
	  "1.20:20240206 1.21:20240813 1.22:20250211 1.23:20250812 1.24:20260210 1.25:20260819 ",
	  "https://go.dev/doc/devel/release" },
	{ " ruby ", "Ruby",
	  "1.9:20150223 2.0:20160224 2.1:20170331 2.2:20180331 2.3:20190331 2.4:20200331 "
	  "2.5:20210331 2.6:20220412 2.7:20230331 3.0:20240423 3.1:20250326 3.2:20260331 3.3:20270331 3.4:20280331 4.0:20290331 ",
	  "https://www.ruby-lang.org/en/downloads/branches/" },
	{ " php ", "PHP",
	  "5:20181231 5.4:20150914 5.5:20160721 5.6:20181231 7:20221128 7.0:20190110 7.1:20191201 7.2:20201130 7.3:20211206 "
	  "7.4:20221128 8.0:20231126 8.1:20251231 8.2:20261231 8.3:20271231 8.4:20281231 8.5:20291231 ",
	  "https://www.php.net/supported-versions.php" },
	{ " eclipse-temurin ", "Temurin",
	  "8:20301231 11:20271031 16:20210930 17:20271031 18:20220930 19:20230331 20:20230919 21:20291231 22:20240917 23:20250318 "
	  "24:20250916 25:20310930 26:20260915 ",
	  "https://adoptium.net/support/" },
	{ " openjdk ", "the image 'openjdk'", "*:20220731 ", "https://hub.docker.com/_/openjdk" },
	{ " java ", "the image 'java'", "*:20161231 ", "https://hub.docker.com/_/java" },
	{ " adoptopenjdk ", "the image 'adoptopenjdk'", "*:20210731 ", "https://hub.docker.com/_/adoptopenjdk" },
	{ " jenkins ", "the image 'jenkins'", "*:20180731 ", "https://hub.docker.com/_/jenkins" },
	{ " centos quay.io/centos/centos ", "CentOS",
	  "5:20170331 6:20201130 7:20240630 8:20211231 centos5:20170331 centos6:20201130 centos7:20240630 centos8:20211231 "
	  "stream8:20240531 stream9:20270531 ",
	  "https://www.centos.org/centos-linux-eol/" },
	{ " rockylinux rockylinux/rockylinux ", "Rocky Linux", "8:20290531 9:20320531 10:20350531 ", "https://wiki.rockylinux.org/rocky/version/" },
	{ " almalinux ", "AlmaLinux", "8:20290531 9:20320531 10:20350531 ", "https://wiki.almalinux.org/release-notes/" },
	{ " amazonlinux ", "Amazon Linux",
	  "1:20231231 2:20260630 2010:20231231 2011:20231231 2012:20231231 2013:20231231 2014:20231231 2015:20231231 2016:20231231 2017:20231231 2018:20231231 2023:20290630 ",
	  "https://aws.amazon.com/amazon-linux-2/faqs/" },
	{ " fedora ", "Fedora",
	  "19:20150106 20:20150623 21:20151201 22:20160719 23:20161220 24:20170808 25:20171212 26:20180529 27:20181130 "
	  "28:20190528 29:20191126 30:20200526 31:20201124 32:20210525 33:20211130 34:20220607 35:20221213 36:20230516 "
	  "37:20231205 38:20240521 39:20241126 40:20250513 41:20251215 42:20260527 43:20261209 44:20270602 ",
	  "https://docs.fedoraproject.org/en-US/releases/eol/" },
	{ " mcr.microsoft.com/dotnet/* mcr.microsoft.com/dotnet/core/* microsoft/dotnet microsoft/aspnetcore ", ".NET",
	  "1:20190627 1.0:20190627 1.1:20190627 2.0:20181001 2.1:20210821 2.2:20191223 3.0:20200303 3.1:20221213 5.0:20220510 "
	  "6.0:20241112 7.0:20240514 8.0:20261110 9.0:20261110 10.0:20281114 ",
	  "https://dotnet.microsoft.com/platform/support/policy/dotnet-core" },
	{ " postgres postgis/postgis ", "PostgreSQL",
	  "9.0:20151008 9.1:20161027 9.2:20171109 9.3:20181108 9.4:20200213 9.5:20210211 9.6:20211111 10:20221110 11:20231109 "
	  "12:20241121 13:20251113 14:20261112 15:20271111 16:20281109 17:20291108 18:20301114 ",
	  "https://www.postgresql.org/support/versioning/" },
	{ " mysql ", "MySQL",
	  "5.5:20181231 5.6:20210228 5.7:20231031 8.0:20260430 8.1:20231025 8.2:20231214 8.3:20240410 8.4:20320430 9.0:20241015 "
	  "9.1:20250121 9.2:20250415 9.3:20250722 9.4:20251021 9.5:20260120 9.6:20260421 9.7:20340421 ",
	  "https://www.oracle.com/us/support/library/lifetime-support-technology-069183.pdf" },
	{ " mariadb ", "MariaDB",
	  "5.1:20150201 5.2:20151110 5.3:20170301 5.5:20200411 10.0:20190331 10.1:20201017 10.2:20220523 10.3:20230525 "
	  "10.4:20240618 10.5:20250624 10.6:20260706 10.7:20230209 10.8:20230520 10.9:20230822 10.10:20231117 10.11:20280216 "
	  "11.0:20240606 11.1:20240821 11.2:20241121 11.3:20240529 11.4:20290529 11.5:20241121 11.6:20250213 11.7:20250512 "
	  "11.8:20280604 12.0:20251118 12.1:20260213 12.2:20260528 12.3:20290612 ",
	  "https://mariadb.org/about/#maintenance-policy" },
	{ " mongo ", "MongoDB",
	  "2.6:20161031 3.0:20180228 3.2:20180930 3.4:20200131 3.6:20210430 4.0:20220430 4.2:20230430 4.4:20240229 5.0:20241031 "
	  "5.1:20220119 5.2:20220323 5.3:20220719 6.0:20250731 6.1:20230209 6.2:20230424 6.3:20230831 7.0:20270831 7.1:20240123 "
	  "7.2:20240327 7.3:20241002 8.0:20291031 8.1:20250930 8.2:20260731 8.3:20291031 ",
	  "https://www.mongodb.com/legal/support-policy/lifecycles" },
	{ " redis ", "Redis",
	  "3:20181017 4:20200502 5:20220427 5.0:20220427 6.0:20220531 6.2:20270401 7.0:20240729 7.2:20291201 7.4:20291201 "
	  "8.0:20261201 8.2:20300901 ",
	  "https://redis.io/docs/latest/operate/oss_and_stack/install/install-stack/" },
	{ " nginx ", "nginx",
	  "1.6:20150421 1.8:20160426 1.10:20170412 1.11:20170412 1.12:20180417 1.13:20180417 1.14:20190423 1.15:20190423 "
	  "1.16:20200421 1.17:20200421 1.18:20210420 1.19:20210525 1.20:20220524 1.21:20220621 1.22:20230411 1.23:20230523 "
	  "1.24:20240423 1.25:20240529 1.26:20250423 1.27:20250624 1.28:20260414 1.29:20260513 ",
	  "https://nginx.org/en/CHANGES" },
	{ " elasticsearch docker.elastic.co/elasticsearch/elasticsearch ", "Elasticsearch",
	  "2:20180228 5:20190311 6:20220210 7:20260115 8.16:20250415 8.17:20250812 8.18:20251021 8.19:20270715 9.0:20251023 "
	  "9.1:20260203 9.2:20260505 9.3:20260804 ",
	  "https://www.elastic.co/support/eol" },
	{ " tomcat ", "Tomcat",
	  "6:20161231 7:20210331 8.0:20180630 8.5:20240331 9.0:20270331 10.0:20221031 ",
	  "https://tomcat.apache.org/whichversion.html" },
	{ " haproxy ", "HAProxy",
	  "1.3:20160314 1.4:20200110 1.5:20200110 1.6:20201001 1.7:20211001 1.8:20221209 1.9:20200731 2.0:20240405 2.1:20210318 "
	  "2.2:20250423 2.3:20220727 2.4:20260401 2.5:20230502 2.6:20270401 2.7:20240405 2.8:20280401 2.9:20250321 3.0:20290401 "
	  "3.1:20260101 3.2:20300401 3.3:20270101 3.4:20310401 ",
	  "https://www.haproxy.org/" },
	{ " rabbitmq ", "RabbitMQ",
	  "3.3:20150331 3.4:20151031 3.5:20161031 3.6:20180531 3.7:20200930 3.8:20220731 3.9:20230131 3.10:20220928 3.11:20230601 "
	  "3.12:20240221 3.13:20240917 4.0:20250415 4.1:20260130 4.2:20260731 ",
	  "https://www.rabbitmq.com/release-information" },
	{ " traefik ", "Traefik",
	  "1.7:20211231 2.0:20191211 2.1:20200325 2.2:20200923 2.3:20210119 2.4:20210817 2.5:20220124 2.6:20220524 2.7:20220629 "
	  "2.8:20221003 2.9:20230424 2.10:20240212 2.11:20260201 3.0:20240715 3.1:20241028 3.2:20250106 3.3:20250505 3.4:20250723 "
	  "3.5:20251107 3.6:20260816 ",
	  "https://doc.traefik.io/traefik/deprecation/releases/" },
	{ " perl ", "Perl",
	  "5.26:20200530 5.28:20210623 5.30:20220522 5.32:20230620 5.34:20240520 5.36:20250527 5.38:20260702 5.40:20270609 "
	  "5.42:20280703 5.44:20290715 ",
	  "https://perldoc.perl.org/perlpolicy" },
	{ " erlang ", "Erlang/OTP",
	  "17:20181011 18:20181109 19:20190621 20:20200621 21:20210619 22:20240318 23:20240314 24:20240510 25:20250517 "
	  "26:20260526 27:20270520 28:20280520 29:20290511 ",
	  "https://www.erlang.org/downloads" },
	{ " elixir ", "Elixir",
	  "1.4:20190624 1.5:20200127 1.6:20201006 1.7:20210519 1.8:20211203 1.9:20220901 1.10:20230619 1.11:20231222 "
	  "1.12:20240612 1.13:20241219 1.14:20251016 1.15:20260603 ",
	  "https://hexdocs.pm/elixir/compatibility-and-deprecations.html" },
	{ " oraclelinux ", "Oracle Linux", "6:20210331 7:20241231 8:20290731 9:20320630 ", "https://www.oracle.com/a/ocom/docs/elsp-lifetime-069338.pdf" },
	{ " opensuse/leap opensuse ", "openSUSE Leap",
	  "12.3:20150129 13.1:20160203 13.2:20170117 15.0:20191203 15.1:20210202 15.2:20220104 15.3:20221231 15.4:20231207 "
	  "15.5:20241231 15.6:20260430 16.0:20271031 42.1:20170517 42.2:20180126 42.3:20190701 ",
	  "https://en.opensuse.org/Lifetime" },
	{ " amazoncorretto ", "Corretto",
	  "8:20301231 11:20320131 15:20210420 16:20211019 17:20291031 18:20221018 19:20230419 20:20231017 21:20301031 22:20241015 "
	  "23:20250430 24:20251031 25:20321031 26:20261031 ",
	  "https://aws.amazon.com/corretto/faqs/" },
	{ " azul/zulu-openjdk azul/zulu-openjdk-alpine azul/zulu-openjdk-debian ", "Zulu",
	  "6:20181231 7:20220731 8:20301231 9:20180331 10:20180930 11:20320131 12:20190930 13:20230331 14:20200930 15:20230331 "
	  "16:20210930 17:20290930 18:20220930 19:20230331 20:20230919 21:20310930 22:20240917 23:20250318 24:20250916 "
	  "25:20330930 26:20260930 ",
	  "https://www.azul.com/products/azul-support-roadmap/" },
	{ " kibana docker.elastic.co/kibana/kibana ", "Kibana",
	  "6:20220210 7:20260115 8.14:20241112 8.15:20241212 8.16:20250415 8.17:20250812 8.18:20251021 8.19:20270715 9.0:20251023 "
	  "9.1:20260203 9.2:20260505 9.3:20260804 ",
	  "https://www.elastic.co/support/eol" },
	{ " logstash docker.elastic.co/logstash/logstash ", "Logstash",
	  "6:20220210 7:20260115 8.17:20250812 8.18:20251021 8.19:20270715 9.0:20251023 9.1:20260203 9.2:20260505 9.3:20260804 ",
	  "https://www.elastic.co/support/eol" },
	{ " solr ", "Solr", "5:20171024 6:20190313 7:20220511 8:20241025 ", "https://solr.apache.org/downloads.html" },
	{ " nextcloud ", "Nextcloud",
	  "9:20170831 10:20170831 11:20180331 12:20181130 13:20190228 14:20190930 15:20191231 16:20200630 17:20201031 18:20210131 "
	  "19:20210630 20:20211130 21:20220228 22:20220731 23:20221231 24:20230430 25:20231031 26:20240331 27:20240630 "
	  "28:20241231 29:20250430 30:20251031 31:20260228 32:20260930 33:20270228 34:20270630 ",
	  "https://github.com/nextcloud/server/wiki/Maintenance-and-Release-Schedule" },
	{ " drupal ", "Drupal",
	  "7:20250105 8.8:20201201 8.9:20211102 9.0:20210616 9.1:20211208 9.2:20220615 9.3:20221214 9.4:20230621 9.5:20231101 "
	  "10.0:20231215 10.1:20240620 10.2:20241217 10.3:20250616 10.4:20251210 10.5:20260617 10.6:20261216 11.0:20250616 "
	  "11.1:20251210 11.2:20260617 11.3:20261216 11.4:20270707 ",
	  "https://www.drupal.org/about/core/policies/core-release-cycles/schedule" },
};
// clang-format on

int64_t ana_eol_day(uint32_t date) {
	// Years begin in March here, so that the day which may be missing is the last (Howard Hinnant, days_from_civil)
	int64_t y = date / 10000, m = date / 100 % 100, d = date % 100;
	y -= m <= 2;
	int64_t era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/** Is the repository in the list?  A '*' at the end of a name stands for the rest. */
static bool is_listed(struct ctx_str repository, const char *list) {
	for (const char *at = list + 1; *at != '\0';) {
		size_t len = strcspn(at, " ");
		bool prefix = at[len - 1] == '*';
		size_t n = len - prefix;
		if ((prefix ? repository.len > n : repository.len == n) && memcmp(repository.ptr, at, n) == 0) {
			return true;
		}
		at += len + 1;
	}
	return false;
}

/** The row of a version: whole parts of it count, "3.7" fits "3.7.2" but not "3.70"; the longest.  0 if there is none. */
static uint32_t date_of(const char *versions, struct ctx_str version, char found[32]) {
	uint32_t date = 0;
	size_t longest = 0;
	for (const char *at = versions; *at != '\0'; at += strcspn(at, " ") + 1) {
		size_t len = strcspn(at, ":");
		bool any = at[0] == '*';
		bool fits = any ||
			(len <= version.len && memcmp(at, version.ptr, len) == 0 &&
				(len == version.len || version.ptr[len] == '.' ||
					(isalpha((unsigned char)at[0]) != 0)));
		if (fits && len > longest) {
			longest = len;
			date = (uint32_t)strtoul(at + len + 1, NULL, 10);
			snprintf(found, 32, "%.*s", any ? 0 : (int)len, at);
		}
	}
	return date;
}

/** The version that a tag begins with: digits and dots, a 'v' before them left out; or a word. */
static struct ctx_str version_of(struct ctx_str tag) {
	if (tag.len > 1 && tag.ptr[0] == 'v' && isdigit((unsigned char)tag.ptr[1])) {
		tag = ctx_str_from(tag, 1);
	}
	bool number = tag.len > 0 && isdigit((unsigned char)tag.ptr[0]);
	size_t len = 0;
	while (len < tag.len &&
		(number ? isdigit((unsigned char)tag.ptr[len]) || tag.ptr[len] == '.' : tag.ptr[len] != '-')) {
		++len;
	}
	while (len > 0 && tag.ptr[len - 1] == '.') {
		--len;
	}
	return (struct ctx_str){ tag.ptr, len };
}

/** Take a row if it ends before what was found. */
static void take(struct ana_eol *out, const struct product *p, uint32_t date, const char *version) {
	if (date != 0 && (out->date == 0 || date < out->date)) {
		out->date = date;
		out->day = ana_eol_day(date);
		out->source = p->source;
		snprintf(out->what, sizeof(out->what), "%s%s%s", p->name, *version != '\0' ? " " : "", version);
	}
}

/** Distributions that tags of other images name: "node:18-buster", "php:7-alpine3.15". */
static void see_suffixes(struct ana_eol *out, struct ctx_str tag) {
	while (tag.len > 0) {
		size_t dash = ctx_str_find(tag, '-');
		struct ctx_str part = { tag.ptr, dash };
		char found[32] = "";
		if (ctx_str_starts(part, "alpine") && part.len > 6) {
			take(out, &products[2], date_of(products[2].versions, ctx_str_from(part, 6), found), found);
		} else if (part.len > 4 && isalpha((unsigned char)part.ptr[0])) {
			take(out, &products[0], date_of(products[0].versions, part, found), found);
			take(out, &products[1], date_of(products[1].versions, part, found), found);
		}
		tag = ctx_str_from(tag, dash < tag.len ? dash + 1 : dash);
	}
}

/** The repository without what only says where a copy of Docker Hub lies, or which machine it is for. */
static struct ctx_str plain_repository(struct ctx_str name) {
	static const char *const prefixes[] = { "public.ecr.aws/docker/library/", "amd64/", "arm64v8/", "arm32v7/",
		"arm32v6/", "i386/", "mirror.gcr.io/library/", "registry.hub.docker.com/library/" };
	for (size_t i = 0; i < CTX_COUNTOF(prefixes); ++i) {
		if (ctx_str_starts(name, prefixes[i])) {
			return ctx_str_from(name, strlen(prefixes[i]));
		}
	}
	return name;
}

bool ana_eol_find(struct ana_eol *out, const struct ana_image *image) {
	struct ctx_str repository = plain_repository(image->repository);
	*out = (struct ana_eol){ 0 };
	for (size_t i = 0; i < CTX_COUNTOF(products); ++i) {
		if (is_listed(repository, products[i].repositories)) {
			char found[32] = "";
			struct ctx_str version = version_of(image->tag);
			take(out, &products[i], date_of(products[i].versions, version, found), found);
			see_suffixes(out, image->tag);
			return out->date != 0;
		}
	}
	if ((image->facts & (ANA_IMAGE_FAT | ANA_IMAGE_DEBIAN)) != 0 || ctx_str_is(repository, "buildpack-deps")) {
		see_suffixes(out, image->tag);
	}
	return out->date != 0;
}

bool ana_eol_is_frozen(const struct ana_image *image) {
	struct ctx_str version = version_of(image->tag);
	unsigned dots = 0;
	for (size_t i = 0; i < version.len; ++i) {
		dots += version.ptr[i] == '.';
	}
	return image->digest.len > 0 || dots >= 2;
}
