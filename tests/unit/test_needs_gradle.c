#include "analyzer/advice/needs.h"

#include "ctxopt/base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/needs_case.h"

#define WRAPPER \
	"gradlew=#!/bin/sh\nexec java -jar gradle/wrapper/gradle-wrapper.jar \"$@\"\n|gradle/wrapper/gradle-wrapper.jar=x|" \
	"gradle/wrapper/gradle-wrapper.properties=distributionUrl=https\\://services.gradle.org/distributions/gradle-8.10-bin.zip\n|"
#define BUILD(text) "build.gradle=" text
#define SETTINGS(text) "settings.gradle=" text "|build.gradle="
#define RUN "gradle dependencies"

/* Commands, and what every project has. */
static const struct needs_case command_cases[] = {
	{ RUN " --no-daemon", BUILD("plugins { id 'java' }"),
		"review r:build.gradle r?:build.gradle.kts r?:settings.gradle r?:/settings.gradle r/?:gradle r?:gradle.properties r?:gradle.lockfile "
		"r/?:buildSrc r/?:/root/.gradle w/:/root/.gradle w/:.gradle w/:build all !r:. !r:gradlew",
		NULL },
	{ "./gradlew dependencies", WRAPPER BUILD(""), "review r:gradlew r/:gradle/wrapper r:build.gradle r/?:gradle",
		NULL },
	{ "/app/gradlew -q :dependencies", WRAPPER BUILD(""), "review r:gradlew", NULL },
	{ "cd a && ../gradlew dependencies", WRAPPER "a/build.gradle=|settings.gradle=include 'a'",
		"review r:gradlew r:settings.gradle r:a/build.gradle r?:build.gradle", NULL },
	{ "./gradlew --version", WRAPPER BUILD("rootDir"),
		"review r:gradlew r/:gradle/wrapper r?:gradle.properties !r:build.gradle", NULL },
	{ "./gradlew -v", WRAPPER, "review r:gradlew", NULL },
	{ "gradle wrapper --gradle-version 8.10", BUILD(""), "review w:gradlew w/:gradle/wrapper", NULL },
	{ "gradle help tasks", BUILD(""), "review r:build.gradle", NULL },
	{ "./gradlew dependencies || true", WRAPPER BUILD(""), "review r:build.gradle", NULL },
	{ "./gradlew dependencies", BUILD(""), "unknown '/app/gradlew' is not there", NULL },
	{ "./gradlew dependencies", "gradlew=make all|" BUILD(""), "unknown '/app/gradlew' is not what Gradle makes",
		NULL },
	{ "./gradlew dependencies",
		"gradlew=gradle-wrapper.jar|gradle/wrapper/gradle-wrapper.properties=distributionUrl=../gradle.zip|" BUILD(
			""),
		"unknown may name a file for Gradle", NULL },
	{ "gradle build", BUILD(""), "unknown nobody here knows what the task 'build' does", NULL },
	{ "gradle dependencies build", BUILD(""), "unknown the task 'build'", NULL },
	{ "gradle", BUILD(""), "unknown names no task", NULL },
	{ "gradle dependencies --init-script x", BUILD(""), "unknown an option of", NULL },
	{ "gradle -p a dependencies", BUILD(""), "unknown an option of", NULL },
	{ "gradle $TASK", BUILD(""), "unknown the tasks of", NULL },
	{ "gradle dependencies -Pversion=1 -Dorg.gradle.jvmargs=-Xmx1g", BUILD(""), "review", NULL },
	{ "gradle dependencies -Dgradle.user.home=x", BUILD(""), "unknown sets what may name files", NULL },
	{ "gradle dependencies -Da=b/c", BUILD(""), "unknown sets what may name files", NULL },
	{ RUN, BUILD(""), "review", "ENV GRADLE_OPTS='-Dorg.gradle.daemon=false -Xmx1g'" },
	{ RUN, BUILD(""), "unknown GRADLE_OPTS", "ENV GRADLE_OPTS=-javaagent:x.jar" },
	{ RUN, BUILD(""), "review w/:/cache", "ENV GRADLE_USER_HOME=/cache" },
	{ RUN, BUILD("") "|gradle.properties=org.gradle.jvmargs=-javaagent\\:x.jar",
		"unknown gradle.properties' may name files", NULL },
	{ "cd $X && gradle dependencies", BUILD(""), "unknown", NULL },
};

/* Projects. */
static const struct needs_case settings_cases[] = {
	{ RUN, SETTINGS("rootProject.name = 'x'\ninclude 'a', ':b:c'\ninclude(\":d\")\n"),
		"review r:settings.gradle r?:a/build.gradle r?:b/build.gradle r?:b/c/build.gradle.kts r?:d/build.gradle r?:b/c/gradle.lockfile w/:b/c/build",
		NULL },
	{ RUN, "settings.gradle.kts=include(\n  \"a\", // the first\n  \"b\",\n)|a/build.gradle.kts=plugins { kotlin(\"jvm\") }|build.gradle.kts=",
		"review r:settings.gradle.kts r:a/build.gradle.kts r?:b/build.gradle.kts r?:local.properties", NULL },
	{ RUN, SETTINGS("include([ 'a', 'b' ])"), "unknown include", NULL },
	{ RUN, SETTINGS("include(['a'])"), "unknown include", NULL },
	{ RUN, SETTINGS("include \"a-${x}\""), "unknown 'include'", NULL },
	{ RUN, SETTINGS("include names"), "unknown 'include'", NULL },
	{ RUN, SETTINGS("include 'a' + x"), "unknown 'include'", NULL },
	{ RUN, SETTINGS("includeFlat 'a'"), "unknown includeFlat", NULL },
	{ RUN, SETTINGS("include 'a'\nproject(':a').projectDir = file('lib/a')"),
		"review r?:a/build.gradle r?:lib/a/build.gradle", NULL },
	{ RUN, SETTINGS("include 'a'\nproject(':a').projectDir = new File(settingsDir, '../a')"), "unknown projectDir",
		NULL },
	{ RUN, SETTINGS("project(':a').buildFileName = 'a.gradle'"), "unknown buildFileName", NULL },
	{ RUN, SETTINGS("rootDir.eachDir { include it.name }"), "unknown rootDir", NULL },
	{ "cd a/b && gradle dependencies", "settings.gradle=include 'a:b'|a/b/build.gradle=|a/build.gradle=",
		"review r:settings.gradle r:a/b/build.gradle r:a/build.gradle r?:a/b/settings.gradle", NULL },
	{ RUN, "build.gradle=x {", "review r:build.gradle", NULL },
	/* Code of the project */
	{ RUN, "buildSrc/src/main/groovy/my.java.gradle=plugins { id 'java' }|buildSrc/build.gradle=plugins { id 'groovy-gradle-plugin' }|build.gradle=plugins { id 'my.java' }",
		"review r/?:buildSrc r:buildSrc/src/main/groovy/my.java.gradle w/:buildSrc/build", NULL },
	{ RUN, "buildSrc/src/main/java/P.java=class P { java.io.File f; }|build.gradle=",
		"unknown P.java' does what is not plain to see: 'File'", NULL },
	{ RUN, "buildSrc/src/main/java/P.java=import java.nio.file.*; class P {}|build.gradle=",
		"unknown 'java.nio.file", NULL },
	{ RUN, "buildSrc/build/x/P.java=java.io.File|build.gradle=", "review", NULL },
	{ RUN,
		"settings.gradle=pluginManagement { includeBuild('build-logic') }|build-logic/build.gradle.kts=plugins { `java-gradle-plugin` }\ngradlePlugin { plugins { create(\"a\") { id = \"a.b\" } } }"
		"|build.gradle=plugins { id 'a.b' }",
		"review r/?:build-logic r:build-logic/build.gradle.kts", NULL },
	{ RUN, "settings.gradle=includeBuild x|build.gradle=", "unknown includeBuild", NULL },
	{ RUN, "build.gradle=apply from: 'gradle/java.gradle'|gradle/java.gradle=apply plugin: 'java'",
		"review r:gradle/java.gradle", NULL },
	{ RUN, "build.gradle=apply from: 'gradle/java.gradle'", "unknown '/app/gradle/java.gradle' is not there",
		NULL },
	{ RUN, "build.gradle.kts=apply(from = \"a.gradle.kts\")|a.gradle.kts=file(\"x\")", "unknown 'file'", NULL },
	{ RUN, BUILD("apply from: \"$rootDir/a.gradle\""), "unknown apply from", NULL },
	{ RUN, BUILD("apply from: 'https://h/a.gradle'"), "unknown apply from", NULL },
	{ RUN, BUILD("apply from: 'a' + x"), "unknown apply from", NULL },
};

/* What build files do. */
static const struct needs_case build_cases[] = {
	/* Two that are all there is to see of most projects */
	{ RUN,
		BUILD("/*\n * This file was generated by the Gradle 'init' task: new File(x).\n */\nplugins {\n\tid 'java'\n\tid 'org.springframework.boot' version '3.3.0'\n"
		      "\tid \"io.spring.dependency-management\" version \"1.1.5\"\n}\ngroup = 'com.example'\nversion = '0.0.1'\njava { toolchain { languageVersion = JavaLanguageVersion.of(21) } }\n"
		      "configurations { compileOnly { extendsFrom annotationProcessor } }\nrepositories { mavenCentral(); maven { url 'https://repo.spring.io/milestone' } }\n"
		      "ext { set('v', \"2023.0.1\") }\ndependencies {\n\timplementation \"a:b:${v}\" // exec\n\ttestImplementation 'a:file:1'\n\timplementation project(':x')\n}\n"
		      "tasks.named('test') { useJUnitPlatform() }\nbootJar { archiveFileName = \"app.jar\" }\ndef half = 4 / 2\n"),
		"review r:build.gradle", NULL },
	{ RUN,
		"build.gradle.kts=import org.jetbrains.kotlin.gradle.tasks.KotlinCompile\n\nplugins {\n\tkotlin(\"jvm\") version \"1.9.24\"\n\tkotlin(\"plugin.spring\") version \"1.9.24\"\n"
		"\t`java-library`\n\tid(\"org.springframework.boot\") version \"3.3.0\" apply false\n}\nval ktor: String by project\nrepositories { maven { url = uri(\"https://h/x\") } }\n"
		"dependencies { implementation(\"io.ktor:ktor-server:$ktor\"); implementation(kotlin(\"stdlib\")); \"kapt\"(\"a:b:1\") }\n"
		"tasks.withType<KotlinCompile> { kotlinOptions { freeCompilerArgs += \"-Xjsr305=strict\" } }\n",
		"review r:build.gradle.kts", NULL },
	/* Files that are named */
	{ RUN, BUILD("dependencies { implementation files('libs/a.jar', 'libs/b.jar'); implementation fileTree(dir: 'more', include: ['*.jar']) }"),
		"review r/?:libs/a.jar r/?:libs/b.jar r/?:more", NULL },
	{ RUN, BUILD("version = file('version.txt').text.trim()"), "review r/?:version.txt", NULL },
	{ RUN, BUILD("def f = file(name)"), "unknown 'file'", NULL },
	{ RUN, BUILD("def f = file(\"$name\")"), "unknown 'file'", NULL },
	{ RUN, BUILD("def f = file 'x'"), "unknown 'file'", NULL },
	{ RUN, BUILD("subprojects { version = file('version.txt').text }"), "unknown 'file'", NULL },
	{ RUN, BUILD("def f = this.&file"), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("\"fi${x}\"('y')"), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("project.\"${x}\""), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("project.property('rootDir')"), "unknown 'rootDir'", NULL },
	{ RUN, BUILD("'file'(x)"), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("version = \"${new File('v').text}\""), "unknown 'File'", NULL },
	{ RUN, BUILD("version = \"${file(\"v\").text}\""), "review r/?:v", NULL },
	{ RUN, BUILD("version = \"$rootDir\""), "unknown 'rootDir'", NULL },
	{ RUN, BUILD("new File('x')"), "unknown 'File'", NULL },
	{ RUN, BUILD("'git describe'.execute()"), "unknown 'execute'", NULL },
	{ RUN, BUILD("exec { commandLine 'git' }"), "unknown 'exec'", NULL },
	{ RUN, BUILD("providers.exec { }"), "unknown 'exec'", NULL },
	{ RUN, BUILD("def p = new Properties()"), "unknown 'Properties'", NULL },
	{ RUN, BUILD("layout.projectDirectory.x"), "unknown 'layout'", NULL },
	{ RUN, BUILD("x = layout.buildDirectory.dir('x')"), "review", NULL },
	{ RUN, BUILD("import java.nio.file.Files"), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("import org.ajoberstar.grgit.Grgit"), "unknown does what is not plain to see", NULL },
	{ RUN, BUILD("import java.time.Instant\nimport static org.gradle.x.Y.*"),
		"unknown does what is not plain to see", NULL },
	{ RUN, BUILD("import java.time.Instant"), "review", NULL },
	{ RUN, BUILD("configurations.each { c -> c.files.size() }"), "review", NULL },
	{ RUN, BUILD("repositories { maven { url 'repo' } }"), "unknown 'url'", NULL },
	{ RUN, BUILD("repositories { maven { url = uri('repo') } }"), "review r/?:repo", NULL },
	{ RUN, BUILD("repositories { maven { url \"$x/repo\" } }"), "unknown 'url'", NULL },
	{ RUN, BUILD("repositories { flatDir { dirs 'libs' } }"), "unknown flatDir", NULL },
	/* Plugins */
	{ RUN, BUILD("plugins { id 'com.palantir.git-version' version '3' }"),
		"unknown the plugin 'com.palantir.git-version'", NULL },
	{ RUN, BUILD("apply plugin: 'com.android.application'"), "unknown the plugin 'com.android.application'", NULL },
	{ RUN, BUILD("apply plugin: 'java'"), "review", NULL },
	{ RUN, BUILD("apply plugin: JavaPlugin"), "unknown does what is not plain to see: 'plugin'", NULL },
	{ RUN, "build.gradle.kts=apply<X>()", "unknown 'apply'", NULL },
	{ RUN, "build.gradle.kts=apply(plugin = \"org.jetbrains.kotlin.jvm\")", "review", NULL },
	{ RUN, "build.gradle.kts=plugins { kotlin(\"multiplatform\") }", "unknown 'kotlin'", NULL },
	{ RUN, "build.gradle.kts=plugins { alias(libs.plugins.boot) }|gradle/libs.versions.toml=[plugins]\nboot = { id = \"org.springframework.boot\", version.ref = \"b\" }\nk = \"java:1\"\n",
		"review r:gradle/libs.versions.toml", NULL },
	{ RUN, "build.gradle.kts=plugins { alias(libs.plugins.boot) }|gradle/libs.versions.toml=[plugins]\nx = \"nebula.release:1\"\n",
		"unknown the plugin 'nebula.release'", NULL },
	{ RUN, "build.gradle.kts=plugins { alias(libs.plugins.boot) }|gradle/libs.versions.toml=[plugins\n",
		"unknown libs.versions.toml' is not understood", NULL },
	{ RUN, "build.gradle.kts=plugins { alias(libs.plugins.boot) }", "unknown libs.versions.toml' is not there",
		NULL },
	{ RUN, "build.gradle.kts=plugins { alias(other.plugins.boot) }", "unknown 'alias'", NULL },
	/* What is not understood */
	{ RUN, BUILD("x = 'a\n'"), "unknown '/app/build.gradle' is not understood", NULL },
	{ RUN, BUILD("x = 'a"), "unknown is not understood", NULL },
	{ RUN, BUILD("x = '''a"), "unknown is not understood", NULL },
	{ RUN, BUILD("x = \"${a"), "unknown is not understood", NULL },
	{ RUN, BUILD("x = 'a\\"), "unknown is not understood", NULL },
	{ RUN, BUILD("x = \"\"\"a\n'\"\"\"\ny = ''"), "review", NULL },
	{ RUN, BUILD("x = name =~ /'/\nfile(y) // '"), "unknown is not understood", NULL },
	{ RUN, BUILD("x = $/ ' /$\nfile(y) // '"), "unknown is not understood", NULL },
	{ RUN, BUILD("/* a /* ' */ file(y) // '"), "unknown is not understood", NULL },
	{ RUN, BUILD("/* a"), "review", NULL },
	{ RUN, "build.gradle=?", "review r?:build.gradle", NULL },
};

/* Tasks of the project. */
static const struct needs_case task_cases[] = {
	{ "gradle resolveAll",
		BUILD("task resolveAll { doLast { configurations.findAll { it.canBeResolved }.each { it.resolve() } } }"),
		"review r:build.gradle", NULL },
	{ "gradle resolveAll",
		BUILD("tasks.register('resolveAll') {\n\tdoLast {\n\t\tconfigurations.findAll { it.canBeResolved }.each { it.files }\n\t}\n}"),
		"review", NULL },
	{ "gradle resolveAll",
		"build.gradle.kts=val resolveAll by tasks.registering { doLast { configurations.filter { it.isCanBeResolved }.forEach { it.resolve() } } }",
		"review", NULL },
	{ "gradle resolveAll", BUILD("task resolveAll(type: Copy) { from configurations.runtimeClasspath }"),
		"unknown the task 'resolveAll'", NULL },
	{ "gradle resolveAll",
		BUILD("task resolveAll { dependsOn compileJava; doLast { configurations.each { it.resolve() } } }"),
		"unknown the task 'resolveAll'", NULL },
	{ "gradle resolveAll", BUILD("task resolveAll { doLast { println 'x' } }"), "unknown the task 'resolveAll'",
		NULL },
	{ "gradle resolveAll", BUILD("task other { doLast { configurations.each { it.resolve() } } }"),
		"unknown the task 'resolveAll'", NULL },
	{ "gradle resolveAll", BUILD("task resolveAll { doLast { configurations.each { it.resolve() }"),
		"unknown the task 'resolveAll'", NULL },
	{ "gradle a:resolveAll", BUILD("task resolveAll { doLast { configurations.each { it.resolve() } } }"),
		"unknown the task 'a:resolveAll'", NULL },
};

static void commands(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(command_cases, CTX_COUNTOF(command_cases)), 0);
}
static void settings(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(settings_cases, CTX_COUNTOF(settings_cases)), 0);
}
static void build_files(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(build_cases, CTX_COUNTOF(build_cases)), 0);
}
static void tasks(void **state) {
	(void)state;
	assert_int_equal(needs_check_rows(task_cases, CTX_COUNTOF(task_cases)), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands),
		cmocka_unit_test(settings),
		cmocka_unit_test(build_files),
		cmocka_unit_test(tasks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
