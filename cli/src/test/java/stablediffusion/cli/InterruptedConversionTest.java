package stablediffusion.cli;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What stays behind when a process is stopped in the middle of a conversion, or has no space to write: nothing. */
@DisabledOnOs(OS.WINDOWS) // signals and ulimit
@Timeout(60)
class InterruptedConversionTest {
    @TempDir
    Path folder;

    private Path checkpoint;
    private Path models;

    /** A checkpoint of full size, all zeros: the file system keeps no block of them, so it is made at once. */
    @BeforeEach
    void makeCheckpoint() throws IOException {
        StringJoiner header = new StringJoiner(",", "{", "}");
        long position = 0;
        for (var weight : Blob.allWeights(Configuration.v1())) {
            long end = position + 4L * weight.size();
            header.add("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                    .formatted(weight.name(), weight.checkpointShape(), position, end));
            position = end;
        }
        byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
        checkpoint = folder.resolve("zeros.safetensors");
        try (FileChannel file =
                FileChannel.open(checkpoint, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            file.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).flip());
            file.write(ByteBuffer.wrap(json));
            file.write(ByteBuffer.allocate(1), 8 + json.length + position - 1);
        }
        models = Files.createDirectory(folder.resolve("models"));
    }

    @Test
    void controlCLeavesNothingBehind() throws Exception {
        Process convert = start("");
        try {
            while (!hasBegun() && convert.isAlive()) {
                Thread.sleep(1);
            }
            assertTrue(convert.isAlive(), "it ended before it could be interrupted");
            // As Ctrl-C does, but also where SIGINT is ignored: under nohup, or in the background of a script.
            convert.destroy();
            assertNotEquals(0, convert.waitFor());
        } finally {
            convert.destroyForcibly();
        }
        assertEquals(List.of(), names(models));
    }

    @Test
    void aFullDiskLeavesNothingBehindAndIsSaidInOneLine() throws Exception {
        // A limit on the size of files fails a write as a full disk does, without the right to mount one.
        Process convert = start("ulimit -f 100000; ");
        String output;
        try {
            output = new String(convert.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(1, convert.waitFor(), output);
        } finally {
            convert.destroyForcibly();
        }
        assertTrue(output.startsWith("sd: cannot write " + models.resolve("m")), output);
        assertEquals(1, output.lines().count(), output);
        assertEquals(List.of(), names(models));
    }

    private Process start(String limits) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String script = limits + "exec \"$0\" \"$@\"";
        return new ProcessBuilder(
                "bash", "-c", script, java, "-Xmx512m", "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                "convert", checkpoint.toString(), "-o", models.resolve("m").toString())
                .redirectErrorStream(true)
                .start();
    }

    /** Whether a blob has been written to. */
    private boolean hasBegun() throws IOException {
        try (Stream<Path> files = Files.walk(models)) {
            return files.anyMatch(file -> file.toFile().isFile() && file.toFile().length() > 0);
        } catch (java.io.UncheckedIOException movedMeanwhile) {
            return false;
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
