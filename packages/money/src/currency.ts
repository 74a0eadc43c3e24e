import { type Decimal, type DecimalText, decimal, opened, powerOfTen, value } from "./decimal.ts";

/** A currency of ISO 4217; its minor unit is 10^-digits of the major one. */
export interface Currency {
  readonly code: string;
  readonly digits: 0 | 2 | 3;
}

/** The currency of a code such as `USD`; undefined for a code that ISO 4217 does not list as money. */
export function currency(code: string): Currency | undefined {
  return currencyByCode.get(code);
}

/** An amount in major units, such as 12.34 for the minor units `1234` of USD. */
export function majorUnits(minor: DecimalText, of: Currency): Decimal {
  return value(opened(decimal(minor)).times(powerOfTen(-of.digits)));
}

/** Minor units as major ones, with every digit of the currency: `-5` of USD is `-0.05`, `1200` of KWD `1.200`. */
export function minorText(minor: DecimalText, of: Currency): string {
  return opened(majorUnits(minor, of)).toFixed(of.digits);
}

const codes = {
  0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD
      CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
      GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD
      MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP
      PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS
      TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  3: "BHD IQD JOD KWD LYD OMR TND",
};

const currencyByCode: ReadonlyMap<string, Currency> = new Map(
  ([0, 2, 3] as const).flatMap((digits) =>
    codes[digits].split(/\s+/).map((code) => [code, { code, digits }] as const),
  ),
);
