package stablediffusion.model.engine;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import stablediffusion.model.UserException;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Tests the choice among three engines whose order on the class path has no meaning: the CPU, and two that only their names choose. */
class EnginesTest {

    /** Provides a device that cannot be opened; the failure names it. */
    abstract static class Named implements EngineProvider {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public List<Device> devices() {
            return List.of(new Device(name, name, "a device for tests"));
        }

        @Override
        public Engine open(Device device, EngineSettings settings) {
            throw new UserException(device.id() + " was asked");
        }
    }

    abstract static class OnlyByName extends Named {
        OnlyByName(String name) {
            super(name);
        }

        @Override
        public boolean automatic() {
            return false;
        }
    }

    public static final class Before extends OnlyByName {
        public Before() {
            super("before");
        }
    }

    public static final class Cpu extends Named {
        public Cpu() {
            super(Engines.CPU);
        }
    }

    public static final class After extends OnlyByName {
        public After() {
            super("after");
        }
    }

    /** Provides a runtime that is installed but does not start, if a test sets {@code broken}. */
    public static final class Broken extends Named {
        private static boolean broken;

        public Broken() {
            super("broken");
        }

        @Override
        public List<Device> devices() {
            if (broken) {
                throw new UserException("it does not start");
            }
            return List.of();
        }
    }

    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    /** Lists the engines above for this test only: the tests of other modules have these classes on their path, too. */
    @BeforeEach
    void listEngines() {
        Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[] {EnginesTest.class.getResource("")}, before));
    }

    @AfterEach
    void mend() {
        Thread.currentThread().setContextClassLoader(before);
        Broken.broken = false;
    }

    @Test
    void aRuntimeThatDoesNotStartIsNotPassedOver() {
        Broken.broken = true;
        assertEquals("it does not start", refusal(Engines.AUTO));
        assertEquals("it does not start", refusal("opencl"));
        assertEquals("it does not start", assertThrows(UserException.class, Engines::devices).getMessage());
        assertEquals("cpu was asked", refusal("cpu"));
    }

    @Test
    void onesToMeasureAgainstComeLast() {
        assertEquals(List.of("cpu", "before", "after"), Engines.devices().stream().map(Device::id).toList());
    }

    @Test
    void autoTakesNoneOfThem() {
        assertEquals("cpu was asked", refusal(Engines.AUTO));
    }

    @Test
    void theyAreChosenByName() {
        assertEquals("before was asked", refusal("before"));
        assertEquals("after was asked", refusal("after"));
    }

    @Test
    void theyAreNoGpus() {
        String message = refusal("opencl");
        assertTrue(message.contains("there is: cpu, before, after") && message.contains("TORNADOVM_HOME"), message);
    }

    private static String refusal(String backend) {
        return assertThrows(UserException.class, () -> Engines.open(backend, EngineSettings.DEFAULT)).getMessage();
    }
}
