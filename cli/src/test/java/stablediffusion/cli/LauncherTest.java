package stablediffusion.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The launcher of the source tree, in a tree of its own where a script stands for Maven, with environments that something is missing from. */
@DisabledOnOs(OS.WINDOWS) // bash
class LauncherTest {
    private static final Path JDK = Path.of(System.getProperty("java.home"));
    private static final String BUILDING = "sd: building";

    private record Run(int exitCode, String out, String err) {}

    @TempDir
    private Path folder;

    private Path home;
    private final Map<String, String> environment = new LinkedHashMap<>();

    @BeforeEach
    void makeTree() throws IOException {
        home = folder.resolve("home of sd");
        copy("sd");
        copy("pom.xml");
        copy("distribution/src/dist/lib/launch.sh");
        Files.createDirectories(home.resolve("cli/src/main"));
        Files.writeString(home.resolve("cli/pom.xml"), "");
        Path maven = script("bin/mvn", """
                [ "$1" = -version ] && exit
                mkdir -p cli/target/lib
                echo '[INFO] Building Stable Diffusion on TornadoVM: Command line 0.1.0 [2/2]'
                echo jar | tee cli/target/lib/a.jar cli/target/lib/b.jar
                """);
        environment.put("PATH", maven.getParent() + ":/usr/bin:/bin");
        environment.put("JAVA_HOME", JDK.toString());
        environment.put("HOME", folder.toString());
        environment.put("LC_ALL", "C.UTF-8");
    }

    @Test
    void buildsOnceAndAgainWhenAJarIsMissingOrCutShort() throws Exception {
        Run first = sd();
        assertEquals(0, first.exitCode(), first.err());
        assertTrue(first.err().startsWith(BUILDING) && first.err().contains("sd:   Command line"), first.err());
        assertFalse(sd().err().contains(BUILDING));

        Files.writeString(home.resolve("cli/target/lib/b.jar"), "j");
        assertTrue(sd().err().contains(BUILDING));
        assertFalse(sd().err().contains(BUILDING));

        Files.delete(home.resolve("cli/target/lib/a.jar"));
        assertTrue(sd().err().contains(BUILDING));
        assertFalse(sd().err().contains(BUILDING));
    }

    @Test
    void aBuildThatFailsShowsMavensErrors() throws Exception {
        script("bin/mvn", "echo '[INFO] fine'; echo '[ERROR] no space'; exit 1");
        Run run = sd();
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("[ERROR] no space") && run.err().contains("sd: the build failed"), run.err());
        assertFalse(run.err().contains("fine"), run.err());
    }

    @Test
    void needsNoHome() throws Exception {
        environment.remove("HOME");
        Run run = sd();
        assertEquals(0, run.exitCode(), run.err());
    }

    @Test
    void anSdkWithoutArgumentFilePrintsItsFlags() throws Exception {
        script("sdk/bin/tornado", "echo '/some/java -server -Dfrom=sdk'");
        Files.createDirectories(folder.resolve("sdk/share/java/tornado"));
        String needed = Files.readString(home.resolve("pom.xml")).replaceFirst("(?s).*<tornado.version>(.*)</tornado.version>.*", "$1");
        Files.writeString(folder.resolve("sdk/share/java/tornado/tornado-api-" + needed + ".jar"), "");
        environment.put("TORNADOVM_HOME", folder.resolve("sdk").toString());
        Run run = sd();
        assertTrue(run.out().contains(" -server -Dfrom=sdk ") && !run.out().contains("/some/java"), run.out() + run.err());

        script("sdk/bin/tornado", "echo 'no Python here' >&2; exit 3");
        Run failed = sd();
        assertEquals(1, failed.exitCode());
        assertTrue(failed.err().contains("no Python here") && failed.err().contains("which has no tornado-argfile"), failed.err());
    }

    @Test
    void namesBeyondAsciiWorkWhereNoLanguageIsChosen() throws Exception {
        environment.remove("LC_ALL");
        assertTrue(sd().out().contains(" LC_CTYPE=C.UTF-8 "));
        environment.put("LC_ALL", "C");
        assertTrue(sd().out().contains(" LC_ALL=C.UTF-8 "));
        environment.put("LC_ALL", "de_DE.UTF-8");
        assertFalse(sd().out().contains("LC_"));
    }

    /** The launcher of the archive cannot build what is missing. */
    @Test
    void theArchiveSaysWhichJarIsMissingOrCutShort() throws Exception {
        Path archive = folder.resolve("an archive");
        for (String file : List.of("bin/sd", "lib/launch.sh")) {
            Files.createDirectories(archive.resolve(file).getParent());
            Files.copy(Path.of("../distribution/src/dist").resolve(file), archive.resolve(file));
        }
        Path launcher = archive.resolve("bin/sd");
        assertIncomplete(archive.resolve("lib/jars"), launcher);

        Files.writeString(archive.resolve("lib/jars"), "4 a.jar\n4 b.jar\n");
        Files.writeString(archive.resolve("lib/a.jar"), "jar\n");
        assertIncomplete(archive.resolve("lib/b.jar"), launcher);
        Files.writeString(archive.resolve("lib/b.jar"), "j");
        assertIncomplete(archive.resolve("lib/b.jar"), launcher);

        Files.writeString(archive.resolve("lib/b.jar"), "jar\n");
        Files.writeString(archive.resolve("lib/one that somebody added.jar"), "j");
        Run complete = run(launcher);
        assertEquals(0, complete.exitCode(), complete.err());
        assertTrue(complete.out().contains("/bin/java "), complete.out());
    }

    private void assertIncomplete(Path missing, Path launcher) throws Exception {
        Run run = run(launcher);
        assertEquals(1, run.exitCode());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().startsWith("sd: the program is incomplete, " + missing + " is missing"), run.err());
    }

    private Run sd() throws IOException, InterruptedException {
        return run(home.resolve("sd"));
    }

    /** Runs {@code sd --show-command generate}. */
    private Run run(Path launcher) throws IOException, InterruptedException {
        Path out = folder.resolve("out.txt");
        ProcessBuilder builder = new ProcessBuilder("bash", launcher.toString(), "--show-command", "generate");
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.redirectOutput(out.toFile()).start();
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), Files.readString(out), err);
    }

    private void copy(String file) throws IOException {
        Files.createDirectories(home.resolve(file).getParent());
        Files.copy(Path.of("..").resolve(file), home.resolve(file));
    }

    private Path script(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/bash\n" + text);
        assertTrue(file.toFile().setExecutable(true));
        return file;
    }
}
