package stablediffusion.weights.checkpoint;

import org.apache.commons.compress.archivers.zip.Zip64Mode;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stablediffusion.model.UserException;
import stablediffusion.weights.TinyShapes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TorchReaderTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatTorchWrote() {
        try (Checkpoint checkpoint = Checkpoint.open(TinyShapes.CHECKPOINT)) {
            // Counts, values and sums by Python's own pickle and numpy.
            assertEquals(578, checkpoint.tensors().size());
            assertEquals(OptionalInt.of(16), checkpoint.latentEdge());
            assertEquals("5201", checkpoint.metadata().get("global_step"));
            CheckpointTensor first = checkpoint.tensors().get("model.diffusion_model.input_blocks.0.0.weight");
            assertEquals(ElementType.F16, first.type());
            assertEquals(List.of(64, 4, 3, 3), first.shape());
            double sum = 0;
            double absolute = 0;
            for (float value : first.toFloats()) {
                sum += value;
                absolute += Math.abs(value);
            }
            assertEquals(2.2396240234375, sum, 1e-12);
            assertEquals(211.7609486579895, absolute, 1e-9);
            CheckpointTensor positions = checkpoint.tensors().get("cond_stage_model.transformer.text_model.embeddings.position_ids");
            assertEquals(ElementType.I64, positions.type());
            assertEquals(76f, positions.toFloats()[76]);
            assertEquals(0.00085f, checkpoint.tensors().get("betas").toFloats()[0]);
        }
    }

    @Test
    void readsSharedAndStridedStorages() throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(")
                .text("whole")
                .tensor("FloatStorage", "0", 6, 0, List.of(2, 3), List.of(3, 1))
                .text("transposed")
                .tensor("FloatStorage", "0", 6, 0, List.of(3, 2), List.of(1, 3))
                .text("column")
                .tensor("FloatStorage", "0", 6, 1, List.of(2, 1), List.of(3, 3))
                .text("repeated")
                .tensor("FloatStorage", "0", 6, 5, List.of(2, 2), List.of(0, 0))
                .text("scalar")
                .tensor("FloatStorage", "0", 6, 4, List.of(), List.of())
                .opcodes("u.")
                .toBytes();
        try (Checkpoint checkpoint = Checkpoint.open(zip(pickle, Map.of("0", floats(0, 1, 2, 3, 4, 5))))) {
            Map<String, CheckpointTensor> tensors = checkpoint.tensors();
            assertArrayEquals(new float[] {0, 1, 2, 3, 4, 5}, tensors.get("whole").toFloats());
            assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, tensors.get("transposed").toFloats());
            assertArrayEquals(new float[] {1, 4}, tensors.get("column").toFloats());
            assertArrayEquals(new float[] {5, 5, 5, 5}, tensors.get("repeated").toFloats());
            assertArrayEquals(new float[] {4}, tensors.get("scalar").toFloats());
            float[] part = new float[3];
            tensors.get("transposed").read(2, part, 0, 3);
            assertArrayEquals(new float[] {1, 4, 2}, part);
            assertEquals("torch, bare state dictionary", checkpoint.format());
        }
    }

    /** Training checkpoints are larger than a plain zip can be; this is the same format in small. */
    @Test
    void readsZip64() throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(")
                .text("w")
                .tensor("FloatStorage", "0", 2, 0, List.of(2), List.of(1))
                .opcodes("u.")
                .toBytes();
        Path file = folder.resolve("large.ckpt");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            zip.setUseZip64(Zip64Mode.Always);
            Map<String, byte[]> entries = new TreeMap<>(Map.of("large/data.pkl", pickle, "large/data/0", floats(3, 4)));
            for (Map.Entry<String, byte[]> data : entries.entrySet()) {
                ZipArchiveEntry entry = new ZipArchiveEntry(data.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(data.getValue().length);
                zip.putArchiveEntry(entry);
                zip.write(data.getValue());
                zip.closeArchiveEntry();
            }
        }
        try (Checkpoint checkpoint = Checkpoint.open(file)) {
            assertArrayEquals(new float[] {3, 4}, checkpoint.tensors().get("w").toFloats());
        }
    }

    @Test
    void keepsTrainingStateUnread() throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(")
                .text("callbacks")
                .opcodes("}")
                .global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
                .opcodes("}")
                .text("best_model_score")
                .global("numpy.core.multiarray", "scalar")
                .opcodes("(")
                .global("numpy", "dtype")
                .opcodes("(")
                .text("f8")
                .number(0)
                .number(1)
                .opcodes("tR(K\u0003")
                .text("<")
                .opcodes("NNNJ\u0001\0\0\0J\u0002\0\0\0K\0tb")
                .text("12345678")
                .opcodes("tRss")
                .text("state_dict")
                .global("collections", "OrderedDict")
                .opcodes(")R(")
                .text("w")
                .global("torch._utils", "_rebuild_parameter")
                .opcodes("(")
                .tensor("HalfStorage", "0", 2, 0, List.of(2), List.of(1))
                .opcode(0x88)
                .global("collections", "OrderedDict")
                .opcodes(")RtRu}")
                .text("_metadata")
                .global("collections", "OrderedDict")
                .opcodes(")Rsbu.")
                .toBytes();
        try (Checkpoint checkpoint = Checkpoint.open(zip(pickle, Map.of("0", HexFormat.of().parseHex("003c0040"))))) {
            assertEquals(List.of("w"), List.copyOf(checkpoint.tensors().keySet()));
            assertArrayEquals(new float[] {1, 2}, checkpoint.tensors().get("w").toFloats());
        }
    }

    @ParameterizedTest
    @CsvSource({"os, system", "posix, system", "builtins, eval", "torch, load", "torch.serialization, FloatStorage", "subprocess, Popen"})
    void refusesAForeignGlobalByName(String module, String name) throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(")
                .text("state_dict")
                .global(module, name)
                .opcodes("(")
                .text("touch /tmp/it-ran")
                .opcodes("tRu.")
                .toBytes();
        assertFails(zip(pickle, Map.of()), module + "." + name, "nothing was run");
    }

    @Test
    void refusesAForeignGlobalOfProtocol4() throws IOException {
        byte[] pickle = new PickleBuilder().text("os").text("system").opcode(0x93).opcode('.').toBytes();
        assertFails(zip(pickle, Map.of()), "os.system");
    }

    @Test
    void refusesAStorageThatIsCutShortOrMissing() throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(")
                .text("layer.weight")
                .tensor("FloatStorage", "0", 4, 0, List.of(4), List.of(1))
                .opcodes("u.")
                .toBytes();
        assertFails(zip(pickle, Map.of("0", floats(1, 2, 3))), "layer.weight", "storage 0", "12 bytes");
        assertFails(zip(pickle, Map.of("1", floats(1, 2, 3, 4))), "layer.weight", "storage 0", "missing");
    }

    @Test
    void refusesAViewBeyondItsStorage() throws IOException {
        for (List<Integer> shape : List.of(List.of(5), List.of(2, -1), List.of(1 << 30, 1 << 30))) {
            byte[] pickle = new PickleBuilder()
                    .opcodes("}(")
                    .text("layer.weight")
                    .tensor("FloatStorage", "0", 4, 0, shape, shape.size() == 1 ? List.of(1) : List.of(1 << 30, 1))
                    .opcodes("u.")
                    .toBytes();
            assertFails(zip(pickle, Map.of("0", floats(1, 2, 3, 4))), "layer.weight", "reaches beyond");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ".", "R.", "h\u0005.", "(K\u0001", "}u.", "}K\u0001a.", "tR.", "X\u00ff", "K\u0001Q.", "}N\u0001.", "P1\n."})
    void refusesDamagedPickles(String opcodes) throws IOException {
        assertFails(zip(new PickleBuilder().opcodes(opcodes).toBytes(), Map.of()), "damaged");
    }

    @Test
    void survivesAnyDamageToARealPickle() throws IOException {
        byte[] original = Files.readAllBytes(TinyShapes.CHECKPOINT);
        byte[] bytes = Arrays.copyOf(original, original.length);
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            int position = 64 + random.nextInt(84_000);
            bytes[position] ^= (byte) (1 << random.nextInt(8));
            byte[] pickle = Arrays.copyOfRange(bytes, 64, 64 + 84_085);
            try {
                PickleReader.load("damaged", pickle);
            } catch (UserException expected) {
                // Whatever is wrong, it is said in one line.
                assertTrue(expected.getMessage().startsWith("damaged "), expected.getMessage());
            }
            bytes[position] = original[position];
        }
    }

    @Test
    void refusesATruncatedZip() throws IOException {
        byte[] bytes = Files.readAllBytes(TinyShapes.CHECKPOINT);
        for (int length : new int[] {10, 1000, 90_000, bytes.length / 2, bytes.length - 10}) {
            Path cut = folder.resolve("cut" + length + ".ckpt");
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertFails(cut, "cut short");
        }
    }

    @Test
    void refusesWhatIsNoCheckpoint() throws IOException {
        assertFails(folder.resolve("missing.ckpt"), "no such file");
        assertFails(folder, "is a directory");
        assertFails(Files.write(folder.resolve("empty.ckpt"), new byte[0]), "no checkpoint");
        assertFails(Files.writeString(folder.resolve("page.ckpt"), "<html>404 Not Found</html>"), "no checkpoint");
        byte[] old = HexFormat.of().parseHex("80028a0a6cfc9c46f9206aa850192e80024de903");
        assertFails(Files.write(folder.resolve("old.ckpt"), old), "older than 1.6");
        Path other = folder.resolve("other.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(other))) {
            store(zip, "readme.txt", new byte[3]);
        }
        assertFails(other, "no data.pkl");
        assertFails(zip(new PickleBuilder().opcodes("}.").toBytes(), Map.of()), "no named tensors");
    }

    @Test
    void refusesCompressedEntries() throws IOException {
        Path file = folder.resolve("compressed.ckpt");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            zip.write(new PickleBuilder().opcodes("}.").toBytes());
            zip.closeEntry();
        }
        assertFails(file, "archive/data.pkl", "compressed");
    }

    @Test
    void refusesTensorsOfFarMoreNumbersThanAreStored() throws IOException {
        byte[] repeated = new PickleBuilder()
                .opcodes("}(")
                .text("layer.weight")
                .tensor("FloatStorage", "0", 4, 0, List.of(Integer.MAX_VALUE, 1000), List.of(0, 0))
                .opcodes("u.")
                .toBytes();
        assertFails(zip(repeated, Map.of("0", floats(1, 2, 3, 4))), "layer.weight", "far more numbers than are stored");
        PickleBuilder shared = new PickleBuilder().opcodes("}(");
        for (int i = 0; i < 1000; i++) {
            shared.text("layer." + i).tensor("FloatStorage", "0", 10_000, 0, List.of(10_000), List.of(1));
        }
        assertFails(zip(shared.opcodes("u.").toBytes(), Map.of("0", floats(new float[10_000]))), "far more numbers than are stored");
    }

    /** Nests dictionaries so that 1500 names are 125 million paths. */
    @Test
    void refusesDictionariesThatContainTheSameOnesAgainAndAgain() throws IOException {
        PickleBuilder pickle = new PickleBuilder().opcodes("}q").opcode(0);
        for (int level = 1; level <= 3; level++) {
            pickle.opcodes("}q").opcode(level).opcodes("(");
            for (int i = 0; i < 500; i++) {
                pickle.text("k" + i).opcodes("h").opcode(level - 1);
            }
            pickle.opcodes("u");
        }
        Path file = zip(pickle.opcodes(".").toBytes(), Map.of());
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> assertFails(file, "far more numbers than are stored"));
    }

    @Test
    void refusesPicklesThatCopyTheSameListAgainAndAgain() throws IOException {
        PickleBuilder pickle =
                new PickleBuilder().opcodes("](").opcodes("N".repeat(100_000)).opcodes("e").opcode(0x85).opcodes("q").opcode(0);
        pickle.global("builtins", "set").opcodes("q").opcode(1);
        for (int i = 0; i < 20_000; i++) {
            pickle.opcodes("h").opcode(1).opcodes("h").opcode(0).opcodes("R");
        }
        byte[] bytes = pickle.opcodes(".").toBytes();
        assertTimeoutPreemptively(Duration.ofMinutes(1), () -> assertFails(zip(bytes, Map.of()), "damaged"));
    }

    @Test
    void refusesNegativeLengthsAndManyDimensions() throws IOException {
        byte[] negative = new PickleBuilder().opcode(0x8d).number(Integer.MIN_VALUE).number(-1).opcodes(".").toBytes();
        assertFails(zip(negative, Map.of()), "damaged");
        List<Integer> ones = Collections.nCopies(100_000, 1);
        byte[] dimensions = new PickleBuilder()
                .opcodes("}(")
                .text("layer.weight")
                .tensor("FloatStorage", "0", 1, 0, ones, ones)
                .opcodes("u.")
                .toBytes();
        assertTimeoutPreemptively(
                Duration.ofMinutes(1), () -> assertFails(zip(dimensions, Map.of("0", floats(1))), "layer.weight has 100000 dimensions"));
    }

    @Test
    void refusesAnEntryThatIsThereTwice() throws IOException {
        Path file = folder.resolve("twice.ckpt");
        byte[] pickle = new PickleBuilder().opcodes("}.").toBytes();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(file)) {
            for (int i = 0; i < 2; i++) {
                ZipArchiveEntry entry = new ZipArchiveEntry("archive/data.pkl");
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(pickle.length);
                zip.putArchiveEntry(entry);
                zip.write(pickle);
                zip.closeArchiveEntry();
            }
        }
        assertFails(file, "contains archive/data.pkl twice");
    }

    /** Python 2 writes names as bytes; in protocol 2 of Python 3 they are calls of {@code _codecs.encode}. */
    @Test
    void readsNamesThatAreBytes() throws IOException {
        byte[] pickle = new PickleBuilder()
                .opcodes("}(C\u0001a")
                .tensor("FloatStorage", "0", 2, 0, List.of(2), List.of(1))
                .global("_codecs", "encode")
                .opcodes("(")
                .text("b")
                .text("latin1")
                .opcodes("tR")
                .tensor("FloatStorage", "0", 2, 0, List.of(2), List.of(1))
                .opcodes("u.")
                .toBytes();
        try (Checkpoint checkpoint = Checkpoint.open(zip(pickle, Map.of("0", floats(3, 4))))) {
            assertEquals(List.of("a", "b"), List.copyOf(checkpoint.tensors().keySet()));
            assertArrayEquals(new float[] {3, 4}, checkpoint.tensors().get("b").toFloats());
        }
    }

    private static void assertFails(Path file, String... expected) {
        UserException failure = assertThrows(UserException.class, () -> Checkpoint.open(file).close());
        for (String part : expected) {
            assertTrue(failure.getMessage().contains(part), failure.getMessage());
        }
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
        assertEquals(1, failure.getMessage().lines().count());
    }

    private Path zip(byte[] pickle, Map<String, byte[]> storages) throws IOException {
        Path file = Files.createTempFile(folder, "made", ".ckpt");
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            store(zip, "archive/data.pkl", pickle);
            for (Map.Entry<String, byte[]> storage : new TreeMap<>(storages).entrySet()) {
                store(zip, "archive/data/" + storage.getKey(), storage.getValue());
            }
            store(zip, "archive/version", "3\n".getBytes(StandardCharsets.UTF_8));
        }
        return file;
    }

    private static void store(ZipOutputStream zip, String name, byte[] data) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        CRC32 crc = new CRC32();
        crc.update(data);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(data.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }

    private static byte[] floats(float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            data.putFloat(value);
        }
        return data.array();
    }
}
