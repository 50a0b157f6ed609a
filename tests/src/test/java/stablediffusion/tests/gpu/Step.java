package stablediffusion.tests.gpu;

import java.util.List;
import java.util.stream.Stream;

/** Lists the steps of a backend's report, in order. Those that find wrong results come before those that measure. */
enum Step {
    DEVICES("devices", "lists the devices", 5, true),
    TESTS("tests", "every kernel, with every set of kernels, against the definitions", 40, true),
    NETWORKS("networks", "small networks and the full-size text encoder against the original networks", 25, true),
    BLOCKS("blocks", "blocks of full size against the CPU engine", 15, true),
    PICTURES("pictures", "ten pictures of the bundled model against the CPU engine", 15, true),
    MODEL("model", "the time of each network, with host, copies and launches apart", 30, false),
    PICTURE("picture", "a picture from prompt to pixels, and the device's memory", 25, false),
    KERNELS("kernels", "the UNet's kernels one by one, the costliest first", 15, false);

    private static final String SD = "stablediffusion.cli.Main";

    private final String title;
    private final String description;
    private final int reserved;
    private final boolean checks;

    Step(String title, String description, int reserved, boolean checks) {
        this.title = title;
        this.description = description;
        this.reserved = reserved;
        this.checks = checks;
    }

    String title() {
        return title;
    }

    String description() {
        return description;
    }

    /** Returns the seconds that earlier steps leave to this one; it does not begin with less than half of them. */
    int reserved() {
        return reserved;
    }

    /** Returns whether the step checks results; where they are wrong, times mean nothing. */
    boolean checks() {
        return checks;
    }

    /** Returns the name of the file with the step's result, in the folder of the backend. */
    String file() {
        return this == DEVICES ? title + ".txt" : title + ".json";
    }

    /** Returns whether the result is the command's standard output; else the command writes the file itself. */
    boolean printsResult() {
        return switch (this) {
            case DEVICES, MODEL, PICTURE, KERNELS -> true;
            case TESTS, NETWORKS, BLOCKS, PICTURES -> false;
        };
    }

    /**
     * Returns the class to run and its arguments, behind system properties.
     *
     * @param file the file to write
     * @param seconds time until the step will be ended
     */
    List<String> command(Plan plan, String backend, String file, int seconds) {
        return switch (this) {
            case DEVICES -> List.of(SD, "devices");
            case TESTS -> tests(backend, file, "package:stablediffusion.tornado");
            case NETWORKS -> tests(backend, file, "class:stablediffusion.tests.TornadoGoldenTest");
            case BLOCKS -> List.of(BlockChecks.class.getName(), backend, plan.configuration(), plan.references().toString(), file);
            case PICTURES -> List.of(
                    PictureChecks.class.getName(), backend, plan.references().toString(), file.replace(".json", ""), file);
            case MODEL -> bench(plan, backend, "model", "--parts", "CLIP,UNET,DECODER", "--steps", "0");
            // The picture loads and compiles all networks again; one small network is measured beside it because one must be.
            case PICTURE -> bench(plan, backend, "model", "--parts", "CLIP", "--steps", Integer.toString(plan.steps()));
            // Start-up and the last kernel take a little longer.
            case KERNELS -> bench(plan, backend, "kernels", "--parts", "UNET", "--seconds", Integer.toString(seconds * 3 / 4));
        };
    }

    /** As the build runs them: on the named backend, and in OpenCL with exact arithmetic. */
    private static List<String> tests(String backend, String file, String tests) {
        return List.of(
                "-Dtornado.test.backend=" + backend, "-Dtornado.opencl.compiler.flags=-w", DeviceTests.class.getName(), file, tests);
    }

    private static List<String> bench(Plan plan, String backend, String what, String... more) {
        return Stream.concat(
                Stream.of(
                        SD, "bench", what, "--config", plan.configuration(), "--size", Integer.toString(plan.size()), "--backend", backend,
                        "--json"),
                Stream.of(more)).toList();
    }
}
