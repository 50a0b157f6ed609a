package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Compares with a script in place of stable-diffusion.cpp. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the script is one of a Unix shell")
class CompareProgramsTest {
    private static final int SIZE = 16;

    /** What the script was asked for must be there while it runs: the checkpoint. */
    private static final String PAINTS = """
            #!/bin/sh
            if [ "$1" = --version ]; then echo 'stable-diffusion.cpp version 1, commit a'; exit; fi
            while [ $# -gt 0 ]; do
                case "$1" in
                    --output) output=$2 ;;
                    --model) test -s "$2" || exit 4 ;;
                    --sampling-method) echo "$2" > "%1$s/sampler" ;;
                esac
                shift
            done
            echo ' - get_learned_condition completed, taking 1.00s'
            echo ' - sampling completed, taking 2.00s'
            echo ' - decode_first_stage completed, taking 3.00s'
            cp "%1$s/painted.png" "$output"
            """;

    @TempDir
    private Path home;

    @TempDir
    private Path reports;

    private String script(String name, String content) throws IOException {
        Path script = Files.writeString(home.resolve(name), content);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return script.toString();
    }

    private String paints(String name) throws IOException {
        Files.write(home.resolve("painted.png"), PictureFile.png(new Picture(SIZE, SIZE, new byte[3 * SIZE * SIZE]), ""));
        return script(name, PAINTS.formatted(home));
    }

    private List<String> compare(String backend, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(
                "compare", "--model", SharedModel.folder().toString(), "--size", Integer.toString(SIZE), "--steps", "1", "--no-kernels",
                "--backends", backend, "-o", reports.resolve("report.html").toString()));
        arguments.addAll(List.of(more));
        return arguments;
    }

    private String report() throws IOException {
        return Files.readString(reports.resolve("report.md"));
    }

    private List<String> namesOfReports() throws IOException {
        try (var files = Files.list(reports)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aProgramIsAColumnAndLeavesNothingBehind() throws IOException {
        String backend = "sd.cpp:" + paints("at@home") + "@f16";
        CommandLineRun run = CommandLineRun.of(compare(backend).toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(report().contains("|  | " + backend + " |"), report());
        assertTrue(report().contains("| engine | stable-diffusion.cpp version 1, commit a, "), report());
        assertTrue(report().contains("| … denoising | 2.00 s |"), report());
        assertEquals(List.of("report.html", "report.json", "report.md"), namesOfReports());
        assertEquals("dpm++2m", Files.readString(home.resolve("sampler")).strip(), "the model's own");
    }

    @Test
    void aProgramThatFailsIsALineOfTheReport() throws IOException {
        String broken = script("broken", PAINTS.formatted(home).replace("echo ' - sampling", "echo '[ERROR] x:1  - no memory'; exit 7 #"));
        CommandLineRun run = CommandLineRun.of(compare("sd.cpp:" + broken, "--sampler", "euler").toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(report().contains("ended with exit code 7: no memory"), report());
        assertEquals("euler", Files.readString(home.resolve("sampler")).strip());
        assertEquals(List.of("report.html", "report.json", "report.md"), namesOfReports());
    }

    @ParameterizedTest
    @CsvSource({
        "--config narrow --backends cpu;sd.cpp, 'take --model instead of --config'",
        "--backends sd.cpp --steps 0, 'sd.cpp makes whole images only'",
        "--backends sd.cpp --sampler plms, 'sd.cpp has no sampler plms; take one of --sampler [dpm++2m, dpm2, euler, heun, lms]'",
        "--backends sd.cpp --sampler none, 'there is no sampler'",
        "--backends sd.cpp@f8, 'after the @ comes one of'",
        "--backends sd.cpp:/no/such/program, 'stable-diffusion.cpp does not start'",
        "--backends sd.cpp:, 'stable-diffusion.cpp does not start'",
        "--backends sd.cpp --threads 0, 'threads'"
    })
    void whatIsWrongIsSaidInOneLine(String typed, String message) throws IOException {
        String output = reports.resolve("report.html").toString();
        List<String> words = new ArrayList<>(List.of("compare", "-o", output));
        words.addAll(List.of(typed.replace(';', ',').split(" ")));
        CommandLineRun.assertFails(2, message, words.toArray(String[]::new));
        assertEquals(List.of(), namesOfReports());
    }

    @Test
    void anotherProgramIsRefused() throws IOException {
        String other = script("other", "#!/bin/sh\necho 'another 1.0'\n");
        CommandLineRun.assertFails(2, "is not stable-diffusion.cpp", compare("sd.cpp:" + other).toArray(String[]::new));
        assertEquals(List.of(), namesOfReports());
    }

    /** This project's own program may be on the PATH as sd, and stable-diffusion.cpp's too. */
    @Test
    void itIsFoundOnThePathByWhatItSays() throws IOException, InterruptedException {
        script("sd-cli", "#!/bin/sh\necho 'sd 0.1.0'\n");
        assertEquals(2, withPath("sd.cpp"));
        assertTrue(log().contains("stable-diffusion.cpp is not on the PATH as sd-cli or sd; name its program, as in --backends sd.cpp:"),
                log());
        assertEquals(1, log().lines().count(), log());
        paints("sd");
        assertEquals(0, withPath("sd.cpp"), log());
        assertTrue(report().contains("| engine | stable-diffusion.cpp version 1, commit a, "), report());
    }

    /** Runs in a process whose PATH is the scripts' folder and the system's. */
    private int withPath(String backend) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(compare(backend));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(home.resolve("log").toFile());
        builder.environment().put("PATH", home + ":/usr/bin:/bin");
        return builder.start().waitFor();
    }

    private String log() throws IOException {
        return Files.readString(home.resolve("log"), StandardCharsets.UTF_8);
    }
}
