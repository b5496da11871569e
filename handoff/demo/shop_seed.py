"""What the demo shop sells and has sold, as data; days are counted back from the day of seeding."""

from dataclasses import dataclass
from typing import Literal

CARRIER = "Nordpost"  # made up
PACKED_FEE_CENTS = 490  # unpacking a parcel costs; before packing a cancellation is free

type OrderStatus = Literal["processing", "packed", "shipped", "delivered", "cancelled"]
type Item = tuple[str, int, int]  # name, quantity, price of one in cents


@dataclass(frozen=True, slots=True)
class SeedOrder:
    """An order. `expected_in_days` counts from the seed day and matters while the goods are under way."""

    number: str
    status: OrderStatus
    days_ago: int
    shipping_city: str
    items: tuple[Item, ...]
    expected_in_days: int = 2
    delivered_after_days: int = 3


@dataclass(frozen=True, slots=True)
class SeedInvoice:
    """A broadband invoice, which belongs to no order. `paid_after_days` None: not paid."""

    digits: str
    days_ago: int
    amount_cents: int
    paid_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class SeedRefund:
    """A refund for an order. `amount_cents` None: the whole order."""

    number: str
    order_number: str
    status: Literal["requested", "approved", "paid"]
    requested_days_ago: int
    method: str
    paid_days_ago: int | None = None
    amount_cents: int | None = None


LAMP: Item = ("Desk lamp Fjord, oak", 1, 5990)
KETTLE: Item = ("Kettle Skagen, 1.2 l", 1, 4450)
BLANKET: Item = ("Wool blanket Tromsø", 1, 7900)
MUGS: Item = ("Mug Lagune", 4, 1190)
ROUTER: Item = ("Router Polar 6", 1, 12900)
REPEATER: Item = ("Wi-Fi repeater Polar Mini", 2, 4990)
CABLE: Item = ("Network cable, 10 m", 1, 1290)
BACKPACK: Item = ("Rucksack Sund, 24 l", 1, 8900)
TENT: Item = ("Two-person tent Hiddensee", 1, 21900)
STOVE: Item = ("Camping stove Funke", 1, 3490)
PAN: Item = ("Cast-iron pan, 28 cm", 1, 5290)
TOWELS: Item = ("Linen towel Aurora", 3, 1490)
CHAIR: Item = ("Folding chair Reet", 2, 6900)
HEADPHONES: Item = ("Headphones Stille", 1, 14900)
CANDLES: Item = ("Candle Bernstein", 6, 690)

ORDERS: tuple[SeedOrder, ...] = (
    SeedOrder("10001", "delivered", 92, "Hamburg", (LAMP,)),
    SeedOrder("10002", "delivered", 88, "Graz", (KETTLE, MUGS)),
    SeedOrder("10003", "delivered", 81, "Kiel", (TENT, STOVE), delivered_after_days=5),
    SeedOrder("10004", "cancelled", 77, "Bremen", (HEADPHONES,)),
    SeedOrder("10005", "delivered", 71, "Leipzig", (BLANKET,)),
    SeedOrder("10006", "delivered", 66, "Wien", (ROUTER, CABLE), delivered_after_days=4),
    SeedOrder("10007", "delivered", 60, "Dublin", (BACKPACK,), delivered_after_days=6),
    SeedOrder("10008", "delivered", 57, "Rostock", (CANDLES,)),
    SeedOrder("10009", "delivered", 52, "München", (PAN, TOWELS)),
    SeedOrder("10010", "cancelled", 48, "Köln", (CHAIR,)),
    SeedOrder("10011", "delivered", 44, "Salzburg", (REPEATER,)),
    SeedOrder("10012", "delivered", 41, "Lübeck", (LAMP, CANDLES)),
    SeedOrder("10013", "delivered", 37, "Berlin", (HEADPHONES,), delivered_after_days=2),
    SeedOrder("10014", "delivered", 33, "Cork", (BLANKET, MUGS), delivered_after_days=7),
    SeedOrder("10015", "delivered", 30, "Dresden", (STOVE,)),
    SeedOrder("10016", "delivered", 26, "Flensburg", (ROUTER,)),
    SeedOrder("10017", "delivered", 22, "Hannover", (CHAIR, TOWELS)),
    SeedOrder("10018", "cancelled", 19, "Innsbruck", (BACKPACK, STOVE)),
    SeedOrder("10019", "delivered", 16, "Hamburg", (KETTLE,)),
    SeedOrder("10020", "delivered", 13, "Erfurt", (TENT,), delivered_after_days=4),
    SeedOrder("10021", "delivered", 10, "Stuttgart", (MUGS, CANDLES)),
    SeedOrder("10022", "delivered", 8, "Linz", (PAN,)),
    SeedOrder("10023", "shipped", 3, "Hamburg", (HEADPHONES, CABLE), expected_in_days=1),
    SeedOrder("10024", "shipped", 5, "Schwerin", (LAMP,), expected_in_days=0),
    SeedOrder("10025", "shipped", 4, "Galway", (BACKPACK,), expected_in_days=3),
    SeedOrder("10026", "shipped", 4, "Bozen", (BLANKET, TOWELS), expected_in_days=2),
    SeedOrder("10027", "shipped", 9, "Nürnberg", (REPEATER,), expected_in_days=-2),
    SeedOrder("10028", "shipped", 2, "Oldenburg", (CHAIR,), expected_in_days=1),
    SeedOrder("10029", "packed", 2, "Essen", (STOVE, PAN)),
    SeedOrder("10030", "packed", 2, "Wien", (KETTLE,), expected_in_days=3),
    SeedOrder("10031", "packed", 1, "Husum", (ROUTER,)),
    SeedOrder("10032", "packed", 1, "Potsdam", (MUGS, TOWELS)),
    SeedOrder("10033", "packed", 1, "Limerick", (LAMP, CABLE), expected_in_days=5),
    SeedOrder("10034", "processing", 1, "Mainz", (TENT,), expected_in_days=4),
    SeedOrder("10035", "processing", 1, "Hamburg", (CANDLES,), expected_in_days=3),
    SeedOrder("10036", "processing", 1, "Klagenfurt", (BACKPACK, TOWELS), expected_in_days=4),
    SeedOrder("10037", "processing", 0, "Kassel", (ROUTER, REPEATER, CABLE), expected_in_days=4),
    SeedOrder("10038", "processing", 0, "Waterford", (BLANKET,), expected_in_days=6),
    SeedOrder("10039", "processing", 0, "Jena", (PAN, KETTLE), expected_in_days=4),
    SeedOrder("10040", "processing", 0, "Emden", (CHAIR, LAMP), expected_in_days=4),
)

INVOICES: tuple[SeedInvoice, ...] = (
    SeedInvoice("0201", 65, 3990, paid_after_days=9),
    SeedInvoice("0202", 35, 3990, paid_after_days=12),
    SeedInvoice("0203", 5, 3990),
    SeedInvoice("0204", 35, 4990),
    SeedInvoice("0205", 5, 4990),
    SeedInvoice("0206", 2, 5940),
)

REFUNDS: tuple[SeedRefund, ...] = (
    SeedRefund("R-5001", "10004", "paid", 76, "card", paid_days_ago=73),
    SeedRefund("R-5002", "10010", "paid", 47, "bank transfer", paid_days_ago=43),
    SeedRefund("R-5003", "10009", "paid", 40, "card", paid_days_ago=36, amount_cents=1490),
    SeedRefund("R-5004", "10018", "approved", 4, "card"),
    SeedRefund("R-5005", "10015", "approved", 3, "bank transfer"),
    SeedRefund("R-5006", "10017", "requested", 2, "card", amount_cents=6900),
    SeedRefund("R-5007", "10020", "requested", 1, "card"),
    SeedRefund("R-5008", "10021", "requested", 0, "voucher", amount_cents=1190),
)
