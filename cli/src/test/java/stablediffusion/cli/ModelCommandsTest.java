package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import stablediffusion.library.ModelLibrary;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** convert, inspect, export and synth, as typed. */
class ModelCommandsTest {
    private static final String TINY_SHAPES = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt").toString();

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void convertsInspectsAndExports() {
        String model = folder.resolve("tiny").toString();
        String back = folder.resolve("back.safetensors").toString();
        run(0, "convert", TINY_SHAPES, "-o", model);
        assertTrue(out.toString().contains("pictures of 128x128"), out.toString());
        run(0, "inspect", model, "--verify", "--stats");
        assertTrue(out.toString().contains("from tiny-shapes.ckpt"), out.toString());
        assertTrue(out.toString().contains("checksums: all match"), out.toString());
        assertTrue(out.toString().contains("NaN 0  model.diffusion_model.out.2.weight"), out.toString());
        run(0, "export", model, "-o", back);
        run(0, "inspect", back, "--tensors");
        assertTrue(out.toString().contains("checkpoint (safetensors)"), out.toString());
        assertTrue(out.toString().contains("4x64x3x3"), out.toString());
    }

    @Test
    void findsDamage() throws IOException {
        Path model = folder.resolve("tiny");
        run(0, "convert", TINY_SHAPES, "-o", model.toString());
        try (FileChannel blob = FileChannel.open(model.resolve("unet.f16"), StandardOpenOption.WRITE)) {
            blob.write(ByteBuffer.allocate(1), 1);
        }
        run(1, "inspect", model.toString(), "--verify");
        assertTrue(err.toString().contains("model.diffusion_model.time_embed.0.weight is the first"), err.toString());
    }

    @Test
    void saysWhatIsWrongInOneLine() throws IOException {
        assertFails(2, "no such file: missing.ckpt", "convert", "missing.ckpt", "-o", folder.resolve("m").toString());
        assertFails(1, "is a directory", "convert", folder.toString(), "-o", folder.resolve("m").toString());
        assertFails(2, "no such file: missing.ckpt", "inspect", "missing.ckpt");
        assertFails(1, "is no converted model", "inspect", folder.toString());
        assertFails(1, "is no converted model", "export", folder.toString(), "-o", folder.resolve("x.safetensors").toString());
        assertFails(2, "only a converted model has checksums", "inspect", TINY_SHAPES, "--verify");
        assertFails(2, "take sd-v1 or narrow", "synth", "--config", "xl", "-o", folder.resolve("x.ckpt").toString());
        assertFails(2, "must end in", "synth", "--config", "narrow", "-o", folder.resolve("x.bin").toString());
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent());
        }
    }

    @Test
    void namesFromFilesCannotControlTheTerminal() throws IOException {
        Path file = folder.resolve("names.safetensors");
        writeSafetensors(file, "a\\u001b[31m\\nsd: all fine", "X");
        assertFails(1, "tensor a\\u001b[31m\\nsd: all fine has the type X", "inspect", file.toString());
        writeSafetensors(file, "a\\u001b[31m\\nsd: all fine", "F32");
        run(0, "inspect", file.toString(), "--tensors");
        assertTrue(out.toString().contains("a\\u001b[31m\\nsd: all fine"), out.toString());
        assertFalse(out.toString().contains("\u001b"), out.toString());
    }

    /** Writes one tensor of one number. */
    private static void writeSafetensors(Path file, String name, String type) throws IOException {
        String header = "{\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[1],\"data_offsets\":[0,4]}}";
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + 4).order(ByteOrder.LITTLE_ENDIAN);
        Files.write(file, bytes.putLong(header.length()).put(header.getBytes(StandardCharsets.US_ASCII)).array());
    }

    @Test
    void namesTheFolderAfterTheCheckpoint() {
        ModelLibrary library = ModelLibrary.in(Path.of("models"));
        assertEquals(Path.of("models", "sd-v1-4"), library.conversionOf(Path.of("/downloads/sd-v1-4.ckpt")));
        assertEquals(Path.of("models", "v1-5-pruned-emaonly"), library.conversionOf(Path.of("v1-5-pruned-emaonly.safetensors")));
    }

    private void assertFails(int exitCode, String expected, String... arguments) {
        run(exitCode, arguments);
        assertTrue(err.toString().contains(expected), err.toString());
        assertTrue(err.toString().startsWith("sd: "), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
    }

    private void run(int exitCode, String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine sd = Main.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        assertEquals(exitCode, sd.execute(arguments), err.toString());
    }
}
