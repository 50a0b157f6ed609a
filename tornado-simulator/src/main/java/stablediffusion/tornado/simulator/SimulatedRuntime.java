package stablediffusion.tornado.simulator;

import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;

import java.util.List;

/** Provides one backend with one device: the simulator. */
public final class SimulatedRuntime implements TornadoRuntime {

    private final SimulatedBackend backend = new SimulatedBackend();

    @Override
    public TornadoBackend getBackend(int index) {
        only(index, "backend");
        return backend;
    }

    @Override
    public void setDefaultBackend(int index) {
        only(index, "backend");
    }

    @Override
    public TornadoVMBackendType getBackendType(int index) {
        return getBackend(index).getBackendType();
    }

    @Override
    public int getNumBackends() {
        return 1;
    }

    @Override
    public TornadoDevice getDefaultDevice() {
        return backend.device;
    }

    @Override
    public boolean isProfilerEnabled() {
        return false;
    }

    private static void only(int index, String what) {
        if (index != 0) {
            throw new TornadoRuntimeException("the simulator has one " + what + ", 0, and no " + index);
        }
    }

    private static final class SimulatedBackend implements TornadoBackend {

        private final SimulatedDevice device = new SimulatedDevice();

        @Override
        public TornadoDevice getDefaultDevice() {
            return device;
        }

        @Override
        public void setDefaultDevice(int index) {
            only(index, "device");
        }

        @Override
        public int getNumDevices() {
            return 1;
        }

        @Override
        public TornadoDevice getDevice(int index) {
            only(index, "device");
            return device;
        }

        @Override
        public List<TornadoDevice> getAllDevices() {
            return List.of(device);
        }

        @Override
        public TornadoDeviceType getTypeDefaultDevice() {
            return device.getDeviceType();
        }

        @Override
        public String getName() {
            return "simulator";
        }

        @Override
        public int getNumPlatforms() {
            return 1;
        }

        @Override
        public TornadoVMBackendType getBackendType() {
            return device.getTornadoVMBackend();
        }
    }
}
