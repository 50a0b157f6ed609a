package stablediffusion.bench;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class RooflineTest {
    /** The ridge lies at 200 / 20 = 10 operations a byte. */
    private final Roofline roofline = new Roofline(200, 20, "gemm", "copy");

    @Test
    void slopeBeforeTheRidgeAndFlatBehind() {
        assertEquals(10, roofline.ridge());
        assertEquals(20, roofline.bound(1));
        assertEquals(200, roofline.bound(10));
        assertEquals(200, roofline.bound(1000));
    }

    /** 200 GFLOP need a second; twice the time is half the roof, however few bytes it moves. */
    @Test
    void shareWhereComputingBounds() {
        assertEquals(0.5, roofline.share(200_000_000_000L, 1, 2));
    }

    /** 20 GB need a second, also where nothing is computed. */
    @Test
    void shareWhereMemoryBounds() {
        assertEquals(0.25, roofline.share(0, 20_000_000_000L, 4));
        assertEquals(1, roofline.share(20_000_000_000L, 20_000_000_000L, 1));
    }
}
