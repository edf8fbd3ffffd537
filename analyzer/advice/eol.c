#include "analyzer/advice/eol.h"

#include <ctype.h>
#include <stdio.h>

// clang-format off
/** One product: repositories between blanks, versions "VERSION:YYYYMMDD" between blanks, the longest that fits counts. */
static const struct product {
	const char *repositories, *name, *versions, *source;
} products[] = {
	{ " debian ", "Debian",
	  "7:20180531 8:20200630 9:20220630 10:20240630 11:20260831 12:20280630 13:20300630 "
	  "wheezy:20180531 jessie:20200630 stretch:20220630 buster:20240630 bullseye:20260831 bookworm:20280630 trixie:20300630 ",
	  "https://wiki.debian.org/LTS" },
	{ " ubuntu ", "Ubuntu",
	  "12.04:20170428 13.10:20140717 14.04:20190425 14.10:20150723 15.04:20160204 15.10:20160728 16.04:20210430 16.10:20170720 "
	  "17.04:20180113 17.10:20180719 18.04:20230531 18.10:20190718 19.04:20200123 19.10:20200717 20.04:20250531 20.10:20210722 "
	  "21.04:20220120 21.10:20220714 22.04:20270430 22.10:20230720 23.04:20240125 23.10:20240711 24.04:20290531 24.10:20250710 "
	  "25.04:20260115 precise:20170428 trusty:20190425 xenial:20210430 bionic:20230531 focal:20250531 jammy:20270430 noble:20290531 ",
	  "https://ubuntu.com/about/release-cycle" },
	{ " alpine ", "Alpine",
	  "3.1:20161101 3.2:20170501 3.3:20171101 3.4:20180501 3.5:20181101 3.6:20190501 3.7:20191101 3.8:20200501 3.9:20201101 "
	  "3.10:20210501 3.11:20211101 3.12:20220501 3.13:20221101 3.14:20230501 3.15:20231101 3.16:20240523 3.17:20241122 "
	  "3.18:20250509 3.19:20251101 3.20:20260401 3.21:20261101 3.22:20270501 ",
	  "https://alpinelinux.org/releases/" },
	{ " node ", "Node.js",
	  "0:20161231 4:20180430 5:20160630 6:20190430 7:20170630 8:20191231 9:20180630 10:20210430 11:20190601 12:20220430 13:20200601 "
	  "14:20230430 15:20210601 16:20230911 17:20220601 18:20250430 19:20230601 20:20260430 21:20240601 22:20270430 23:20250601 24:20280430 "
	  "argon:20180430 boron:20190430 carbon:20191231 dubnium:20210430 erbium:20220430 fermium:20230430 gallium:20230911 hydrogen:20250430 "
	  "iron:20260430 jod:20270430 ",
	  "https://github.com/nodejs/release" },
	{ " python ", "Python",
	  "2:20200101 3.2:20160220 3.3:20170929 3.4:20190318 3.5:20200930 3.6:20211223 3.7:20230627 3.8:20241007 3.9:20251031 3.10:20261031 "
	  "3.11:20271031 3.12:20281031 3.13:20291031 ",
	  "https://devguide.python.org/versions/" },
	{ " golang ", "Go",
	  "1.4:20160217 1.5:20160815 1.6:20170216 1.7:20170824 1.8:20180216 1.9:20180824 1.10:20190225 1.11:20190903 1.12:20200225 "
	  "1.13:20200811 1.14:20210216 1.15:20210816 1.16:20220315 1.17:20220802 1.18:20230201 1.19:20230808 1.20:20240206 1.21:20240813 "
	  "1.22:20250211 ",
	  "https://go.dev/doc/devel/release" },
	{ " ruby ", "Ruby",
	  "1.9:20150223 2.0:20160224 2.1:20170331 2.2:20180331 2.3:20190331 2.4:20200331 2.5:20210331 2.6:20220412 2.7:20230331 3.0:20240423 "
	  "3.1:20250326 3.2:20260331 3.3:20270331 3.4:20280331 ",
	  "https://www.ruby-lang.org/en/downloads/branches/" },
	{ " php ", "PHP",
	  "5:20181231 7:20221128 7.0:20190110 7.1:20191201 7.2:20201130 7.3:20211206 7.4:20221128 8.0:20231126 8.1:20251231 8.2:20261231 "
	  "8.3:20271231 8.4:20281231 ",
	  "https://www.php.net/supported-versions.php" },
	{ " eclipse-temurin ", "Temurin",
	  "16:20210914 18:20220920 19:20230321 20:20230919 22:20240917 23:20250318 ", "https://adoptium.net/support/" },
	{ " openjdk ", "the image 'openjdk'", "*:20220731 ", "https://hub.docker.com/_/openjdk" },
	{ " java ", "the image 'java'", "*:20161231 ", "https://hub.docker.com/_/java" },
	{ " adoptopenjdk ", "the image 'adoptopenjdk'", "*:20210731 ", "https://hub.docker.com/_/adoptopenjdk" },
	{ " jenkins ", "the image 'jenkins'", "*:20180731 ", "https://hub.docker.com/_/jenkins" },
	{ " centos quay.io/centos/centos ", "CentOS",
	  "5:20170331 6:20201130 7:20240630 8:20211231 centos5:20170331 centos6:20201130 centos7:20240630 centos8:20211231 "
	  "stream8:20240531 stream9:20270531 ",
	  "https://www.centos.org/centos-linux-eol/" },
	{ " rockylinux rockylinux/rockylinux ", "Rocky Linux", "8:20290531 9:20320531 ", "https://wiki.rockylinux.org/rocky/version/" },
	{ " almalinux ", "AlmaLinux", "8:20290301 9:20320531 ", "https://wiki.almalinux.org/release-notes/" },
	{ " amazonlinux ", "Amazon Linux", "1:20231231 2018:20231231 2:20260630 ", "https://aws.amazon.com/amazon-linux-2/faqs/" },
	{ " fedora ", "Fedora",
	  "23:20161220 24:20170808 25:20171212 26:20180529 27:20181130 28:20190528 29:20191126 30:20200526 31:20201124 32:20210525 "
	  "33:20211130 34:20220607 35:20221213 36:20230516 37:20231205 38:20240521 39:20241126 40:20250513 ",
	  "https://docs.fedoraproject.org/en-US/releases/eol/" },
	{ " mcr.microsoft.com/dotnet/* mcr.microsoft.com/dotnet/core/* microsoft/dotnet microsoft/aspnetcore ", ".NET",
	  "1:20190627 2.0:20181001 2.1:20210821 2.2:20191223 3.0:20200303 3.1:20221213 5.0:20220510 6.0:20241112 7.0:20240514 8.0:20261110 ",
	  "https://dotnet.microsoft.com/platform/support/policy/dotnet-core" },
	{ " postgres postgis/postgis ", "PostgreSQL",
	  "9.2:20171109 9.3:20181108 9.4:20200213 9.5:20210211 9.6:20211111 10:20221110 11:20231109 12:20241121 13:20251113 14:20261112 "
	  "15:20271111 16:20281109 17:20291108 ",
	  "https://www.postgresql.org/support/versioning/" },
	{ " mysql ", "MySQL", "5.5:20181231 5.6:20210228 5.7:20231031 8.0:20260430 ",
	  "https://www.oracle.com/us/support/library/lifetime-support-technology-069183.pdf" },
	{ " mariadb ", "MariaDB", "10.0:20190331 10.1:20201017 10.2:20220523 10.3:20230525 10.4:20240618 10.5:20250624 10.6:20260706 10.11:20280216 ",
	  "https://mariadb.org/about/#maintenance-policy" },
	{ " mongo ", "MongoDB", "3.2:20180930 3.4:20200131 3.6:20210430 4.0:20220430 4.2:20230430 4.4:20240229 5.0:20241031 6.0:20250731 ",
	  "https://www.mongodb.com/legal/support-policy/lifecycles" },
	{ " redis ", "Redis", "3:20181017 4:20200502 5:20220427 ", "https://redis.io/docs/latest/operate/oss_and_stack/install/install-stack/" },
	{ " nginx ", "nginx",
	  "1.10:20170412 1.11:20170412 1.12:20180417 1.13:20180417 1.14:20190423 1.15:20190423 1.16:20200421 1.17:20200421 1.18:20210420 "
	  "1.19:20210420 1.20:20220524 1.21:20220524 1.22:20230411 1.23:20230411 1.24:20240423 1.25:20240423 1.26:20250423 1.27:20250423 ",
	  "https://nginx.org/en/CHANGES" },
	{ " elasticsearch docker.elastic.co/elasticsearch/elasticsearch ", "Elasticsearch", "2:20180228 5:20190311 6:20220210 7:20260115 ",
	  "https://www.elastic.co/support/eol" },
	{ " tomcat ", "Tomcat", "7:20210331 8.0:20180630 8.5:20240331 ", "https://tomcat.apache.org/whichversion.html" },
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
