package stablediffusion.tornado;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Device;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Precision;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What TornadoVM's runtime offers: its backends, each with its devices.
 */
final class Devices {

    /** A device under the name that {@code --backend} takes. */
    record Entry(Device device, TornadoDevice tornado) {}

    private Devices() {}

    static List<Device> list() {
        return entries().stream().map(Entry::device).toList();
    }

    static List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (TornadoBackend backend : TornadoExecutionPlan.getTornadoDeviceMap().getAllBackends()) {
            String name = backend.getBackendType().name().toLowerCase(Locale.ROOT);
            for (int i = 0; i < backend.getNumDevices(); i++) {
                TornadoDevice device = backend.getDevice(i);
                entries.add(new Entry(new Device(name + ":" + i, name, device.getPhysicalDevice().getDeviceName().strip()), device));
            }
        }
        return entries;
    }

    static Engine open(Device device, Optional<Precision> precision) {
        TornadoDevice tornado = entries().stream()
                .filter(entry -> entry.device().equals(device))
                .map(Entry::tornado)
                .findFirst()
                .orElseThrow(() -> new UserException("device " + device.id() + " is gone; 'sd devices' lists those that there are"));
        return new TornadoEngine(tornado, device.id(), weights(device, tornado, precision));
    }

    private static Precision weights(Device device, TornadoDevice tornado, Optional<Precision> wanted) {
        if (wanted.filter(Precision.BF16::equals).isPresent()) {
            throw new UserException(device.id() + " cannot do bf16; use --precision f32 or f16");
        }
        if (wanted.filter(Precision.F32::equals).isPresent()) {
            return Precision.F32;
        }
        boolean halves = tornado.getDeviceType() != TornadoDeviceType.CPU && HalfPrecisionProbe.passes(tornado);
        if (wanted.isPresent() && !halves) {
            throw new UserException(device.id() + " does not compute with half-precision numbers; use --precision f32");
        }
        return halves ? Precision.F16 : Precision.F32;
    }
}
