package stablediffusion.bench;

import stablediffusion.bench.Comparison.BackendResult;
import stablediffusion.model.graph.Operation;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import stablediffusion.model.network.Configuration;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reports with made-up numbers, each another one. */
final class Samples {
    static final Environment ENVIRONMENT = new Environment("2026-01-02T03:04:05Z", "abc1234", "A VM 25", "An OS", "A processor", 2);

    private static final byte[] PNG = PictureFile.png(new Picture(1, 1, new byte[3]), "");

    private Samples() {}

    /** Of two backends that ran and one that did not. */
    static Comparison comparison() {
        return new Comparison(
                ENVIRONMENT,
                "a model",
                128,
                96,
                "the reference",
                List.of(
                        backend("cpu", 0.125, Optional.empty()),
                        backend("opencl", 0.75, Optional.of(33.25)),
                        program(),
                        BackendResult.failed("ptx", "no <device>")),
                Optional.of(new TuningReport(
                        ENVIRONMENT, "opencl", "a device",
                        List.of(new TuningReport.Entry("product", "32 x 128", "64 x 64", 0.0456, 0.0321)))))
                .ranked();
    }

    private static BackendResult backend(String name, double seconds, Optional<Double> psnr) {
        return new BackendResult(
                name,
                Optional.empty(),
                Optional.of(model(name, seconds)),
                Optional.empty(),
                Optional.of(kernels(name, seconds)),
                Map.of(),
                Map.of(Part.UNET, new OutputError(seconds / 7, seconds / 70, seconds / 17)),
                psnr,
                psnr.isEmpty(),
                Optional.of(PNG));
    }

    private static BackendResult program() {
        PictureMeasurement times =
                new PictureMeasurement("a prompt", 42, 7, 9.875, Map.of("loading the networks", 2.625, "denoising", 7.25));
        return new BackendResult(
                "sd.cpp",
                Optional.empty(),
                Optional.empty(),
                Optional.of(new ProgramReport("a program, version 8", "AVX9000", times)),
                Optional.empty(),
                Map.of(),
                Map.of(),
                Optional.of(57.5),
                false,
                Optional.of(PNG));
    }

    static ModelReport model(String backend, double seconds) {
        Map<String, Double> phases = new LinkedHashMap<>();
        phases.put("denoising", 10 * seconds);
        phases.put("decoding the picture", 2 * seconds);
        NetworkMeasurement network = new NetworkMeasurement(
                Part.UNET,
                2.25 * seconds,
                3.25 * seconds,
                Timing.of(seconds, 1.01 * seconds, 1.03 * seconds),
                Timing.of(0.9 * seconds),
                0.03 * seconds,
                0.02 * seconds,
                0.05 * seconds,
                123_456_789,
                0.2469 / seconds,
                77_000_000,
                5_500_000,
                1.02 * seconds,
                List.of(new TimeShare("attention", 4, 3_456_789, 0.7 * seconds), new TimeShare(ModelBenchmark.HOST, 0, 0, 0.32 * seconds)));
        return new ModelReport(
                ENVIRONMENT,
                new EngineInfo(backend, backend + ": a device", "f32"),
                "a model",
                128,
                96,
                1.5 * seconds,
                List.of(network),
                Optional.of(new PictureMeasurement("a prompt", 42, 7, 12 * seconds, phases)),
                Optional.of(456_000_000L),
                false);
    }

    static KernelReport kernels(String backend, double seconds) {
        KernelMeasurement linear = new KernelMeasurement(
                OperationKind.LINEAR,
                "2x16x16x64 → 64",
                20,
                Timing.of(seconds, 1.3 * seconds, 1.6 * seconds),
                0.11 * seconds,
                0.022 * seconds,
                4_194_304,
                81_920,
                4.19e-3 / seconds,
                8.2e-5 / seconds,
                0.042 / seconds,
                Optional.empty());
        KernelMeasurement norm = new KernelMeasurement(
                OperationKind.GROUP_NORM, "2x16x16x64", 11, Timing.of(seconds / 3), 0.2 * seconds, 0.03 * seconds, 0, 65_536, 0,
                1.9e-4 / seconds, 0.0098 / seconds, Optional.empty());
        KernelMeasurement failed = KernelMeasurement.failed(
                new KernelCase(OperationKind.ATTENTION, "2x8x8x64, keys 64, heads 8", 3, attention()), "no \"memory\", sorry");
        return new KernelReport(
                ENVIRONMENT,
                new EngineInfo(backend, backend + ": a device", "f32"),
                "a model",
                128,
                96,
                new Roofline(111, 22.2, "a product", "a copy"),
                List.of(linear, norm, failed),
                2,
                true);
    }

    private static Operation attention() {
        return Part.UNET.graph(Configuration.narrow(), 64, 64).operations().stream()
                .filter(Operation.Attention.class::isInstance)
                .findFirst()
                .orElseThrow();
    }
}
