package stablediffusion.spark.engine;

import org.junit.jupiter.api.Test;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.engine.Device;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DeviceAddressTest {
    private static final Device CPU = new Device("cpu", "cpu", "a processor");
    private static final Device GPU = new Device("ptx:0", "ptx", "a GPU");

    private static String backend(String backend, List<String> addresses, Device... devices) {
        return DeviceAddress.backend(backend, addresses, () -> List.of(devices));
    }

    @Test
    void addsTheNumberOfTheGpu() {
        assertEquals("opencl:3", backend("opencl", List.of("3")));
        assertEquals("ptx:1", backend("auto", List.of("1"), GPU, CPU));
    }

    @Test
    void changesNothingWithoutGpusOrOnTheCpu() {
        assertEquals("auto", backend("auto", List.of()));
        assertEquals("opencl:1", backend("opencl:1", List.of()));
        assertEquals("cpu", backend("cpu", List.of("1")));
    }

    @Test
    void refusesWhatNamesNoSingleDevice() {
        refuses("no number of a GPU", "opencl", List.of("GPU-5f1a"));
        refuses("gives 2 GPUs to a task", "opencl", List.of("0", "1"));
        refuses("names a device", "opencl:0", List.of("1"));
        refuses("there is no TornadoVM on this machine", "auto", List.of("0"));
    }

    private static void refuses(String message, String backend, List<String> addresses) {
        Exception failure = assertThrows(InvalidRequestException.class, () -> backend(backend, addresses, CPU));
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }
}
