package stablediffusion.tornado;

import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Lists the devices of TornadoVM's backends and opens engines on them.
 */
final class Devices {

    /**
     * Describes a device.
     *
     * @param driver index of the backend in TornadoVM
     * @param number index of the device in its backend
     */
    record Entry(Device device, TornadoDevice tornado, int driver, int number) {}

    private Devices() {}

    static List<Device> list() {
        return entries().stream().map(Entry::device).toList();
    }

    static List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        List<TornadoBackend> backends = backends();
        for (int driver = 0; driver < backends.size(); driver++) {
            TornadoBackend backend = backends.get(driver);
            String name = backend.getBackendType().name().toLowerCase(Locale.ROOT);
            for (int i = 0; i < backend.getNumDevices(); i++) {
                TornadoDevice device = backend.getDevice(i);
                String hardware = device.getPhysicalDevice().getDeviceName().strip();
                entries.add(new Entry(new Device(name + ":" + i, name, hardware), device, driver, i));
            }
        }
        return entries;
    }

    /** Returns the backends. The first call starts the runtime, which fails where a backend has no device. */
    private static List<TornadoBackend> backends() {
        try {
            return TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends();
        } catch (TornadoRuntimeException | LinkageError failure) {
            Throwable cause = failure.getCause() == null ? failure : failure.getCause();
            // Only the first sentence: the second says that TornadoVM goes on without a device, which is wrong here.
            throw new UserException("TornadoVM does not start: " + Failures.plain(cause.getMessage()).split("\\. ")[0]
                    + "; install a driver for one of its backends ('clinfo -l' lists what OpenCL finds), "
                    + "or unset TORNADOVM_HOME to run on the CPU engine", failure);
        }
    }

    private static Entry entry(Device device) {
        return entries().stream()
                .filter(entry -> entry.device().equals(device))
                .findFirst()
                .orElseThrow(() -> new UserException("device " + device.id() + " is gone", Remedy.LIST_DEVICES));
    }

    /** Returns TornadoVM's own name of a device, backend:device. */
    static String driverAndDevice(Device device) {
        Entry entry = entry(device);
        return entry.driver() + ":" + entry.number();
    }

    /** Returns a device's number in TornadoVM, backend:device. */
    static String number(TornadoDevice device) {
        return entries().stream()
                .filter(entry -> entry.driver() == device.getBackendIndex()
                        && entry.tornado().getDeviceName().equals(device.getDeviceName()))
                .map(entry -> entry.driver() + ":" + entry.number())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("TornadoVM has no device " + device.getDeviceName()));
    }

    /**
     * Chooses the device of a task graph that is built next. TornadoVM translates a kernel for a backend when its task is added, before the plan
     * names a device, and not every backend knows every call.
     *
     * @param graph name of the task graph
     * @param number see {@link #number}
     */
    static void choose(String graph, String number) {
        TornadoRuntimeProvider.setProperty(graph + ".device", number);
    }

    /** Returns properties to display. The entry on half precision is measured with a small kernel. */
    static Map<String, String> details(Device device) {
        TornadoDevice tornado = entry(device).tornado();
        Map<String, String> details = new LinkedHashMap<>();
        details.put("TornadoVM's number", driverAndDevice(device));
        details.put("type", tornado.getDeviceType().name().toLowerCase(Locale.ROOT));
        details.put("platform", tornado.getPlatformName().strip());
        details.put("memory", megabytes(tornado.getMaxGlobalMemory()));
        details.put("largest allocation", megabytes(tornado.getMaxAllocMemory()));
        details.put("local memory", tornado.getDeviceLocalMemorySize() / 1024 + " KB");
        details.put("work-group", Arrays.toString(tornado.getDeviceMaxWorkgroupDimensions()));
        details.put("half precision", HalfPrecisionProbe.passes(tornado) ? "yes" : "no");
        details.put("tensor cores", TensorCoreProbe.passes(tornado) ? "yes" : "no");
        return details;
    }

    private static String megabytes(long bytes) {
        return bytes / (1 << 20) + " MB";
    }

    static Engine open(Device device, EngineSettings settings) {
        BlockSizes sizes = settings.tuningFile()
                .flatMap(file -> new BlockSizesFile(file).blockSizes(device.name()))
                .orElseGet(() -> choices(device).usual());
        return open(device, settings.precision(), sizes, settings.deviceGraphs());
    }

    /** @param deviceGraphs whether runs are recorded and replayed where the device can */
    static Engine open(Device device, Optional<Precision> precision, BlockSizes sizes, boolean deviceGraphs) {
        TornadoDevice tornado = entry(device).tornado();
        Precision weights = weights(device, tornado, precision);
        boolean tensorCores = weights == Precision.F16 && TensorCoreProbe.passes(tornado);
        KernelSet kernels = tensorCores ? TornadoEngine.tensorCoreKernels(tornado) : TornadoEngine.kernels(tornado, sizes);
        return new TornadoEngine(tornado, device.id(), weights, kernels, deviceGraphs && TornadoEngine.records(tornado));
    }

    static BlockSizes.Choices choices(Device device) {
        return TornadoEngine.choices(entry(device).tornado());
    }

    private static Precision weights(Device device, TornadoDevice tornado, Optional<Precision> wanted) {
        if (wanted.filter(Precision.BF16::equals).isPresent()) {
            throw new UserException(device.id() + " does not compute in bf16", Remedy.COMPUTE_IN_F32);
        }
        if (wanted.filter(Precision.F32::equals).isPresent()) {
            return Precision.F32;
        }
        boolean fp16 = tornado.getDeviceType() != TornadoDeviceType.CPU && HalfPrecisionProbe.passes(tornado);
        if (wanted.isPresent() && !fp16) {
            throw new UserException(device.id() + " does not compute with half-precision numbers", Remedy.COMPUTE_IN_F32);
        }
        return fp16 ? Precision.F16 : Precision.F32;
    }
}
