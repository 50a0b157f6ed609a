package stablediffusion.weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.ElementType;
import stablediffusion.weights.checkpoint.TensorSpec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ConverterTest {
    @TempDir
    Path folder;

    @Test
    void storesEveryWeightInTheLayoutOfKernels() {
        Path converted = folder.resolve("new").resolve("tiny");
        ModelDirectory model = convert(converted, Precision.F16);
        try (Checkpoint checkpoint = Checkpoint.open(TinyShapes.CHECKPOINT);
                Arena arena = Arena.ofConfined()) {
            for (Weight weight : Blob.allWeights(model.configuration())) {
                float[] expected = stored(checkpoint.tensors().get(weight.name()).toFloats(), weight);
                // The checkpoint holds fp16, so they are kept exactly.
                assertArrayEquals(expected, model.read(weight, arena).toFloats(), weight.name());
            }
        }
        assertEquals(16, model.configuration().latentEdge());
        assertEquals(128, model.configuration().nativeSize());
    }

    /** The definition of {@link Weight.Layout}, element by element. */
    private static float[] stored(float[] values, Weight weight) {
        List<Integer> shape = weight.checkpointShape();
        float[] stored = new float[values.length];
        switch (weight.layout()) {
            case TABLE, VECTOR -> stored = values;
            case LINEAR -> {
                int out = shape.get(0);
                int in = shape.get(1);
                for (int o = 0; o < out; o++) {
                    for (int i = 0; i < in; i++) {
                        stored[i * out + o] = values[o * in + i];
                    }
                }
            }
            case CONVOLUTION -> {
                int out = shape.get(0);
                int in = shape.get(1);
                int kernel = shape.get(2);
                for (int o = 0; o < out; o++) {
                    for (int i = 0; i < in; i++) {
                        for (int y = 0; y < kernel; y++) {
                            for (int x = 0; x < kernel; x++) {
                                stored[((y * kernel + x) * in + i) * out + o] = values[((o * in + i) * kernel + y) * kernel + x];
                            }
                        }
                    }
                }
            }
        }
        return stored;
    }

    @Test
    void alignsTensorsInTheOrderOfExecution() throws IOException {
        Path converted = folder.resolve("tiny");
        Manifest manifest = convert(converted, Precision.F16).manifest();
        List<String> inOrder = Blob.allWeights(manifest.configuration()).stream().map(Weight::name).toList();
        assertEquals(inOrder, manifest.blobs().stream().flatMap(blob -> blob.tensors().stream()).map(Manifest.Entry::name).toList());
        for (Manifest.BlobFile blob : manifest.blobs()) {
            long end = 0;
            for (Manifest.Entry entry : blob.tensors()) {
                assertEquals(0, entry.offset() % 64, entry.name());
                assertTrue(entry.offset() >= end && entry.offset() < end + 64, entry.name());
                end = entry.offset() + entry.byteSize(manifest.precision());
            }
            assertEquals(end, Files.size(converted.resolve(blob.file())));
        }
        assertEquals("tiny-shapes.ckpt", manifest.source().file());
        assertEquals(Files.size(TinyShapes.CHECKPOINT), manifest.source().size());
    }

    @Test
    void keepsFullPrecisionOnRequest() {
        ModelDirectory model = convert(folder.resolve("tiny"), Precision.F32);
        assertEquals(Precision.F32, model.manifest().precision());
        try (Checkpoint checkpoint = Checkpoint.open(TinyShapes.CHECKPOINT);
                Arena arena = Arena.ofConfined()) {
            for (Weight weight : Blob.VAE.weights(model.configuration())) {
                float[] expected = stored(checkpoint.tensors().get(weight.name()).toFloats(), weight);
                assertArrayEquals(expected, model.read(weight, arena).toFloats(), weight.name());
            }
        }
    }

    @Test
    void tellsHowFarItIs() {
        AtomicLong total = new AtomicLong();
        AtomicLong done = new AtomicLong();
        Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("tiny"), Converter.Options.standard(), new ConversionProgress() {
            @Override
            public void start(long bytes) {
                total.set(bytes);
            }

            @Override
            public void advance(long bytes) {
                done.addAndGet(bytes);
            }
        });
        assertTrue(total.get() > 28_000_000);
        assertEquals(total.get(), done.get());
    }

    @Test
    void replacesAConvertedModelButNothingElse() throws IOException {
        Path converted = folder.resolve("tiny");
        convert(converted, Precision.F32);
        assertEquals(Precision.F16, convert(converted, Precision.F16).manifest().precision());
        assertEquals(List.of("clip.f16", "manifest.json", "unet.f16", "vae.f16"), names(converted));
        assertEquals(List.of("tiny"), names(folder));

        Path mine = Files.writeString(converted.resolve("notes.txt"), "mine");
        UserException failure = assertThrows(UserException.class, () -> convert(converted, Precision.F16));
        assertTrue(failure.getMessage().contains("more than a converted model"), failure.getMessage());
        assertEquals(List.of(Remedy.NAME_OUTPUT_FOLDER), failure.remedies());
        assertTrue(Files.exists(mine));
    }

    @Test
    void removesWhatAKilledProcessLeft() throws IOException {
        // No process has the largest number that a 32-bit system gives.
        Path left = Files.createDirectory(folder.resolve(".tiny.unfinished-2147483647-0"));
        Files.writeString(left.resolve("clip.f16"), "half");
        ProcessHandle self = ProcessHandle.current();
        long start = self.info().startInstant().orElseThrow().toEpochMilli();
        Path running = Files.createDirectory(folder.resolve(".other.unfinished-" + self.pid() + "-" + start));
        // Another process of the same number, as the first one of a container has every time.
        Files.createDirectory(folder.resolve(".tiny.unfinished-" + self.pid() + "-" + (start - 3_600_000)));
        convert(folder.resolve("tiny"), Precision.F16);
        assertEquals(List.of(running.getFileName().toString(), "tiny"), names(folder));
    }

    @Test
    void aModelWhoseReplacementWasKilledIsPutBack() throws IOException {
        convert(folder.resolve("tiny"), Precision.F16);
        Files.createDirectory(folder.resolve(".tiny.unfinished-2147483647-0"));
        Files.move(folder.resolve("tiny"), folder.resolve(".tiny.unfinished-2147483647-0-replaced"));
        Converter.recover(folder);
        assertEquals(List.of("tiny"), names(folder));
        assertTrue(Inspection.of(folder.resolve("tiny")).damaged().isEmpty());

        // Killed after the second renaming: the new one stays.
        Files.createDirectory(folder.resolve(".tiny.unfinished-2147483647-0-replaced"));
        Converter.recover(folder);
        assertEquals(List.of("tiny"), names(folder));
        Converter.recover(folder.resolve("missing"));
    }

    @Test
    void theCurrentFolderIsNotReplaced() {
        for (String name : List.of("", ".", "..", "/")) {
            UserException failure = assertThrows(InvalidRequestException.class, () -> convert(Path.of(name), Precision.F16));
            assertTrue(failure.getMessage().contains("current folder"), failure.getMessage());
        }
    }

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        // Without averaged weights the failure comes before writing; with progress that throws, in the middle of it.
        UserException missing = assertThrows(
                UserException.class,
                () -> Converter.convert(
                        TinyShapes.CHECKPOINT, folder.resolve("a/b"), new Converter.Options(Precision.F16, true, Optional.empty()),
                        ConversionProgress.NONE));
        assertTrue(missing.getMessage().contains("model_ema.diffusion_model"), missing.getMessage());
        assertEquals(List.of(), names(folder));

        IllegalStateException failure = assertThrows(
                IllegalStateException.class,
                () -> Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("a/b"), Converter.Options.standard(),
                        new ConversionProgress() {
                            @Override
                            public void start(long total) {}

                            @Override
                            public void advance(long bytes) {
                                throw new IllegalStateException("in the middle");
                            }
                        }));
        assertEquals("in the middle", failure.getMessage());
        assertEquals(List.of(), names(folder));
    }

    private static ModelDirectory convert(Path converted, Precision precision) {
        return Converter.convert(TinyShapes.CHECKPOINT, converted, new Converter.Options(precision, false, Optional.empty()),
                ConversionProgress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theNetworksNameTheTensorsOfVersion14() throws IOException {
        try (var lines = getClass().getResourceAsStream("sd_v14_tensors.tsv")) {
            List<String> published = new String(lines.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("cond_stage_model.transformer.text_model.embeddings.position_ids"))
                    .map(line -> line.replaceAll("x1x1$", ""))
                    .sorted()
                    .toList();
            List<String> ours = Blob.allWeights(Configuration.v1()).stream()
                    .map(weight -> weight.name() + "\t"
                            + String.join("x", weight.checkpointShape().stream().map(String::valueOf).toList()).replaceAll("x1x1$", ""))
                    .sorted()
                    .toList();
            assertEquals(1130, published.size());
            assertEquals(published, ours);
        }
    }

    @Test
    void takesTheAveragedWeightsOnRequest() {
        // As in a training checkpoint: beside each weight of the UNet its average, here the weight's negative.
        Path training = changed(tensor -> {
            if (!tensor.name().startsWith("model.diffusion_model.")) {
                return Stream.of(tensor);
            }
            String average = "model_ema." + tensor.name().substring("model.".length()).replace(".", "");
            return Stream.of(tensor, new Made(average, tensor.shape(), negated(tensor.values())));
        });
        ModelDirectory model =
                Converter.convert(training, folder.resolve("ema"), new Converter.Options(Precision.F16, true, Optional.empty()),
                        ConversionProgress.NONE);
        assertTrue(model.manifest().source().averaged());
        try (Checkpoint checkpoint = Checkpoint.open(TinyShapes.CHECKPOINT);
                Arena arena = Arena.ofConfined()) {
            for (Weight weight : Blob.allWeights(model.configuration())) {
                float[] values = checkpoint.tensors().get(weight.name()).toFloats();
                float[] expected = weight.name().startsWith("model.diffusion_model.") ? negated(values) : values;
                assertArrayEquals(stored(expected, weight), model.read(weight, arena).toFloats(), weight.name());
            }
        }
    }

    @Test
    void namesATensorThatIsMissingOrMisshapen() throws IOException {
        String name = "model.diffusion_model.output_blocks.3.0.in_layers.2.weight";
        Path missing = changed(tensor -> Stream.of(tensor).filter(any -> !any.name().equals(name)));
        assertFails(missing, "tensor " + name + " is missing");
        Path misshapen = changed(tensor -> Stream.of(
                tensor.name().equals(name) ? new Made(name, List.of(tensor.values().length), tensor.values()) : tensor));
        assertFails(misshapen, "tensor " + name + " has shape [");
        Path noUnet = changed(tensor -> Stream.of(tensor).filter(any -> any.name().startsWith("first_stage_model.")));
        assertFails(noUnet, "not a Stable Diffusion v1 model");
        Path notANumber = changed(tensor -> {
            if (tensor.name().equals(name)) {
                tensor.values()[5] = Float.NaN;
            }
            return Stream.of(tensor);
        });
        assertFails(notANumber, "tensor " + name + " has 1 numbers that are infinite or no number");
        try (var files = Files.list(folder)) {
            assertTrue(files.allMatch(file -> file.toString().endsWith(".safetensors")));
        }
    }

    private void assertFails(Path checkpoint, String expected) {
        UserException failure = assertThrows(
                UserException.class,
                () -> Converter.convert(checkpoint, folder.resolve("failed"), Converter.Options.standard(), ConversionProgress.NONE));
        assertTrue(failure.getMessage().contains(expected), failure.getMessage());
        assertTrue(failure.getMessage().contains(checkpoint.getFileName().toString()), failure.getMessage());
    }

    private record Made(String name, List<Integer> shape, float[] values) {}

    /** The bundled checkpoint with some tensors made others, in float32. */
    private Path changed(Function<Made, Stream<Made>> change) {
        Path file = folder.resolve("changed" + System.nanoTime() + ".safetensors");
        Map<String, Made> made = new LinkedHashMap<>();
        try (Checkpoint checkpoint = Checkpoint.open(TinyShapes.CHECKPOINT)) {
            checkpoint.tensors().values().stream()
                    .flatMap(tensor -> change.apply(new Made(tensor.name(), tensor.shape(), tensor.toFloats())))
                    .forEach(tensor -> made.put(tensor.name(), tensor));
        }
        CheckpointWriter.write(
                file,
                made.values().stream().map(tensor -> new TensorSpec(tensor.name(), ElementType.F32, tensor.shape())).toList(),
                OptionalInt.of(16),
                tensor -> {
                    ByteBuffer bytes = ByteBuffer.allocate(tensor.size() * 4).order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asFloatBuffer().put(made.get(tensor.name()).values());
                    return bytes.array();
                },
                ConversionProgress.NONE);
        return file;
    }

    private static float[] negated(float[] values) {
        float[] negated = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            negated[i] = -values[i];
        }
        return negated;
    }
}
