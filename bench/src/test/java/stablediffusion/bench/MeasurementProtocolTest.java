package stablediffusion.bench;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class MeasurementProtocolTest {
    @Test
    void warmUpsDoNotCount() {
        AtomicInteger calls = new AtomicInteger();
        List<Integer> runs = new MeasurementProtocol(2, 3, 3, 100).runs(calls::incrementAndGet);
        assertEquals(List.of(3, 4, 5), runs);
    }

    @Test
    void fewestRunsEvenWhereTheTimeIsUp() {
        assertEquals(5, new MeasurementProtocol(0, 5, 100, 0).runs(() -> 1).size());
    }

    @Test
    void mostRunsEvenWhereThereIsTime() {
        assertEquals(7, new MeasurementProtocol(0, 1, 7, 3600).runs(() -> 1).size());
    }

    @Test
    void impossibleProtocolsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new MeasurementProtocol(0, 0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new MeasurementProtocol(0, 2, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new MeasurementProtocol(-1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new MeasurementProtocol(0, 1, 1, Double.NaN));
    }
}
