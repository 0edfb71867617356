/** The file that `featureflip dev` creates: a flag of each type, and each way of targeting. */
export const SAMPLE_ENVIRONMENT: string = `{
  "environment": "development",
  "flags": [
    {
      "key": "dark-mode",
      "type": "Boolean",
      "enabled": false,
      "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
      "rules": [],
      "fallthrough": { "type": "Fixed", "variation": "on" },
      "offVariation": "off"
    },
    {
      "key": "pricing-tier",
      "type": "String",
      "enabled": true,
      "variations": [
        { "key": "free", "value": "free" },
        { "key": "pro", "value": "pro" },
        { "key": "enterprise", "value": "enterprise" }
      ],
      "rules": [
        {
          "id": "large-companies",
          "priority": 0,
          "conditionGroups": [
            {
              "operator": "And",
              "conditions": [
                { "attribute": "plan", "operator": "Equals", "values": ["business"] },
                { "attribute": "seats", "operator": "GreaterThanOrEqual", "values": [100] }
              ]
            }
          ],
          "serve": { "type": "Fixed", "variation": "enterprise" }
        },
        {
          "id": "paying",
          "priority": 1,
          "conditionGroups": [
            { "operator": "And", "conditions": [{ "attribute": "plan", "operator": "In", "values": ["pro", "business"] }] }
          ],
          "serve": { "type": "Fixed", "variation": "pro" }
        }
      ],
      "fallthrough": { "type": "Fixed", "variation": "free" },
      "offVariation": "free"
    },
    {
      "key": "new-checkout",
      "type": "Boolean",
      "enabled": true,
      "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
      "rules": [{ "id": "beta-testers-first", "segmentKey": "beta-testers", "serve": { "type": "Fixed", "variation": "on" } }],
      "fallthrough": {
        "type": "Rollout",
        "salt": "new-checkout",
        "variations": [{ "key": "on", "weight": 20 }, { "key": "off", "weight": 80 }]
      },
      "offVariation": "off"
    },
    {
      "key": "one-click-payment",
      "type": "Boolean",
      "enabled": true,
      "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
      "rules": [],
      "fallthrough": { "type": "Fixed", "variation": "on" },
      "offVariation": "off",
      "prerequisites": [{ "prerequisiteFlagKey": "new-checkout", "expectedVariationKey": "on" }]
    },
    {
      "key": "rate-limit",
      "type": "Number",
      "enabled": true,
      "variations": [{ "key": "normal", "value": 100 }, { "key": "strict", "value": 10 }],
      "rules": [],
      "fallthrough": { "type": "Fixed", "variation": "normal" },
      "offVariation": "strict"
    },
    {
      "key": "search-settings",
      "type": "Json",
      "enabled": false,
      "variations": [
        { "key": "keyword", "value": { "engine": "keyword", "limit": 20 } },
        { "key": "semantic", "value": { "engine": "semantic", "limit": 10, "rerank": true } }
      ],
      "rules": [],
      "fallthrough": { "type": "Fixed", "variation": "semantic" },
      "offVariation": "keyword"
    }
  ],
  "segments": [
    {
      "key": "beta-testers",
      "conditionLogic": "Or",
      "conditions": [
        { "attribute": "email", "operator": "EndsWith", "values": ["@example.com"] },
        { "attribute": "beta", "operator": "Equals", "values": [true] }
      ]
    }
  ]
}
`;
