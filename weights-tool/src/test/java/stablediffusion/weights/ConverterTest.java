package stablediffusion.weights;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Precision;
import stablediffusion.model.graph.Weight;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.weights.Blob;
import stablediffusion.model.weights.Manifest;
import stablediffusion.model.weights.ModelDirectory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

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
                // The checkpoint holds halves, so they are kept exactly.
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
        Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("tiny"), Converter.Options.standard(), new Progress() {
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
        assertTrue(failure.getMessage().contains("choose another place"), failure.getMessage());
        assertTrue(Files.exists(mine));
    }

    @Test
    void leavesNothingBehindWhenItFails() throws IOException {
        // Without averaged weights the failure comes before writing; with progress that throws, in the middle of it.
        UserException missing = assertThrows(
                UserException.class,
                () -> Converter.convert(
                        TinyShapes.CHECKPOINT, folder.resolve("a/b"), new Converter.Options(Precision.F16, true, Optional.empty()), Progress.NONE));
        assertTrue(missing.getMessage().contains("model_ema.diffusion_model"), missing.getMessage());
        assertEquals(List.of(), names(folder));

        IllegalStateException failure = assertThrows(
                IllegalStateException.class,
                () -> Converter.convert(TinyShapes.CHECKPOINT, folder.resolve("a/b"), Converter.Options.standard(), new Progress() {
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
        return Converter.convert(TinyShapes.CHECKPOINT, converted, new Converter.Options(precision, false, Optional.empty()), Progress.NONE);
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void theNetworksNameTheTensorsOfVersion14() throws IOException {
        try (var lines = getClass().getResourceAsStream("sd_v14_tensors.tsv")) {
            List<String> published = new String(lines.readAllBytes())
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
}
