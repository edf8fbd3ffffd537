# Gradle: build files, settings, the wrapper before sources.
. "$SRC/tests/cli/reorder.inc"

wrapper() {
	put gradlew '#!/bin/sh' 'exec java -classpath gradle/wrapper/gradle-wrapper.jar org.gradle.wrapper.GradleWrapperMain "$@"'
	chmod +x gradlew
	put gradle/wrapper/gradle-wrapper.jar jar
	put gradle/wrapper/gradle-wrapper.properties 'distributionUrl=https\://services.gradle.org/distributions/gradle-8.10-bin.zip'
	put .dockerignore .git .gradle '**/build' local.properties
}
spring() {
	wrapper
	put settings.gradle "rootProject.name = 'shop'"
	put build.gradle 'plugins {' "	id 'java'" "	id 'org.springframework.boot' version '3.3.0'" "	id 'io.spring.dependency-management' version '1.1.5'" '}' \
		"group = 'com.example'" "version = '0.0.1-SNAPSHOT'" 'java { sourceCompatibility = 21 }' 'repositories { mavenCentral() }' \
		'dependencies {' "	implementation 'org.springframework.boot:spring-boot-starter-web'" '}'
}

repo 'a service'; spring
df 'FROM eclipse-temurin:21-jdk' 'WORKDIR /app' 'COPY . .' 'RUN ./gradlew dependencies --no-daemon' 'RUN ./gradlew bootJar --no-daemon'
history src/main/java/App.java; show; tell

repo 'the wrapper is made executable'; spring; chmod -x gradlew
df 'FROM eclipse-temurin:21-jdk' 'WORKDIR /app' 'COPY . .' 'RUN chmod +x gradlew' 'RUN ./gradlew dependencies' 'RUN ./gradlew bootJar'
history src/main/java/App.java; show; tell

repo 'several projects, a catalog, properties and locks, in Kotlin'; wrapper
put settings.gradle.kts 'rootProject.name = "shop"' 'include("app", "lib:core")'
put build.gradle.kts 'plugins { alias(libs.plugins.kotlin) apply false }'
put app/build.gradle.kts 'plugins { alias(libs.plugins.kotlin); application }' 'dependencies { implementation(project(":lib:core")) }'
put lib/core/build.gradle.kts 'plugins { `java-library` }'
put gradle/libs.versions.toml '[plugins]' 'kotlin = { id = "org.jetbrains.kotlin.jvm", version = "1.9.24" }'
put gradle.properties 'org.gradle.caching=true'; put app/gradle.lockfile 'empty='
df 'FROM gradle:8' 'WORKDIR /src' 'COPY . .' 'RUN gradle :app:dependencies' 'RUN gradle installDist'
history app/src/main/kotlin/App.kt lib/core/src/main/kotlin/Core.kt; show; tell

repo 'only the wrapper'; spring
df 'FROM eclipse-temurin:21-jdk' 'WORKDIR /app' 'COPY . .' 'RUN ./gradlew --version' 'RUN ./gradlew build'
history src/main/java/App.java; show; tell

repo 'a build file that asks git'; spring
put build.gradle 'plugins { id "java" }' "version = 'git describe'.execute().text"
df 'FROM eclipse-temurin:21-jdk' 'WORKDIR /app' 'COPY . .' 'RUN ./gradlew dependencies' 'RUN ./gradlew build'
history src/main/java/App.java; show; tell

repo 'a plugin that reads nobody knows what'; spring
put build.gradle 'plugins { id "com.palantir.git-version" version "3.0.0" }'
df 'FROM eclipse-temurin:21-jdk' 'WORKDIR /app' 'COPY . .' 'RUN ./gradlew dependencies' 'RUN ./gradlew build'
history src/main/java/App.java; tell
